//! Python's `itertools`, as far as dbt shows it.

use super::arguments::{Arguments, fail};
use super::dict::tuple;
use super::list::List;
use super::number::Number;
use crate::jinja::{Error, Rest, State, Value, ValueOrKwargs};

type Function = fn(&mut State<'_, '_>, &Arguments<'_>) -> Result<Value, Error>;

/// `modules.itertools`.
pub(super) fn module() -> Value {
    let functions: [(&'static str, Function); 14] = [
        ("count", |_, args| count(args)),
        ("cycle", |_, args| cycle(args)),
        ("repeat", |_, args| repeat(args)),
        ("accumulate", accumulate),
        ("chain", |_, args| Ok(List::value(lists(args)?.concat()))),
        ("compress", |_, args| compress(args)),
        ("islice", |_, args| islice(args)),
        ("starmap", starmap),
        ("tee", |_, args| tee(args)),
        ("zip_longest", |_, args| zip_longest(args)),
        ("product", |_, args| product(args)),
        ("permutations", |_, args| permutations(args)),
        ("combinations", |_, args| combinations(args, false)),
        ("combinations_with_replacement", |_, args| combinations(args, true)),
    ];
    Value::from_pairs(functions.map(|(name, function)| (name, callable(name, function))))
}

fn callable(name: &'static str, function: Function) -> Value {
    Value::from_function(move |state: &mut State<'_, '_>, args: Rest<ValueOrKwargs>| {
        let values: Vec<Value> = args.iter().map(|arg| (**arg).clone()).collect();
        function(state, &Arguments::of(name, &values))
    })
}

fn list(args: &Arguments<'_>, index: usize) -> Result<Vec<Value>, Error> {
    Ok(args.require(index, "iterable")?.try_iter()?.collect())
}

fn lists(args: &Arguments<'_>) -> Result<Vec<Vec<Value>>, Error> {
    args.positional().iter().map(|list| Ok(list.try_iter()?.collect())).collect()
}

/// All the tuples that `choose` picks by position.
fn chosen(items: &[Value], picks: Vec<Vec<usize>>) -> Value {
    let pick = |pick: Vec<usize>| tuple(pick.into_iter().filter_map(|index| items.get(index).cloned()));
    List::value(picks.into_iter().map(pick).collect())
}

fn count(args: &Arguments<'_>) -> Result<Value, Error> {
    let (start, step) = (args.integer(0, "start", 0)?, args.integer(1, "step", 1)?);
    Ok(Value::make_iterable(move || (0..).map(move |index: i64| start.wrapping_add(step.wrapping_mul(index)))))
}

fn cycle(args: &Arguments<'_>) -> Result<Value, Error> {
    let items = list(args, 0)?;
    Ok(Value::make_iterable(move || items.clone().into_iter().cycle()))
}

fn repeat(args: &Arguments<'_>) -> Result<Value, Error> {
    let value = args.require(0, "object")?;
    match args.integer(1, "times", -1)? {
        times if times >= 0 => Ok(List::value(vec![value; times as usize])),
        _ => Ok(Value::make_iterable(move || std::iter::repeat(value.clone()))),
    }
}

fn accumulate(state: &mut State<'_, '_>, args: &Arguments<'_>) -> Result<Value, Error> {
    let function = args.get(1, "func").filter(|function| !function.is_none());
    let mut sums: Vec<Value> = args.get(2, "initial").into_iter().collect();
    for item in list(args, 0)? {
        let next = match (sums.last(), &function) {
            (None, _) => item,
            (Some(sum), Some(function)) => function.call(state, &[sum.clone(), item])?,
            (Some(sum), None) => super::operator::add(sum, &item)?,
        };
        sums.push(next);
    }
    Ok(List::value(sums))
}

fn compress(args: &Arguments<'_>) -> Result<Value, Error> {
    let (items, wanted) = (list(args, 0)?, list(args, 1)?);
    let kept = items.into_iter().zip(wanted).filter(|(_, wanted)| wanted.is_true());
    Ok(List::value(kept.map(|(item, _)| item).collect()))
}

/// `islice(iterable, stop)` or `islice(iterable, start, stop, step)`.
fn islice(args: &Arguments<'_>) -> Result<Value, Error> {
    let given = args.require(0, "iterable")?;
    let bound = |index: usize, default: usize| -> Result<usize, Error> {
        Ok(usize::try_from(args.integer(index, "stop", -1)?).unwrap_or(default))
    };
    let (start, stop, step) = match args.positional().len() {
        2 => (0, bound(1, usize::MAX)?, 1),
        _ => (bound(1, 0)?, bound(2, usize::MAX)?, bound(3, 1)?.max(1)),
    };
    let items = given.try_iter()?.take(stop).skip(start).step_by(step);
    Ok(List::value(items.collect()))
}

fn starmap(state: &mut State<'_, '_>, args: &Arguments<'_>) -> Result<Value, Error> {
    let function = args.require(0, "function")?;
    let mut results = vec![];
    for arguments in list(args, 1)? {
        let arguments: Vec<Value> = arguments.try_iter()?.collect();
        results.push(function.call(state, &arguments)?);
    }
    Ok(List::value(results))
}

fn tee(args: &Arguments<'_>) -> Result<Value, Error> {
    let items = list(args, 0)?;
    let copies = args.integer(1, "n", 2)?.clamp(0, 1000) as usize;
    Ok(tuple((0..copies).map(|_| List::value(items.clone()))))
}

fn zip_longest(args: &Arguments<'_>) -> Result<Value, Error> {
    let lists = lists(args)?;
    let fill = args.named().into_iter().find(|(name, _)| *name == "fillvalue");
    let fill = fill.map_or_else(|| Value::from(()), |(_, value)| value);
    let longest = lists.iter().map(Vec::len).max().unwrap_or(0);
    let row = |index: usize| tuple(lists.iter().map(|list| list.get(index).unwrap_or(&fill).clone()));
    Ok(List::value((0..longest).map(row).collect()))
}

fn product(args: &Arguments<'_>) -> Result<Value, Error> {
    let repeat = args.named().into_iter().find(|(name, _)| *name == "repeat");
    let repeat = match repeat.and_then(|(_, value)| Number::of(&value)) {
        Some(Number::Int(times)) => usize::try_from(times).unwrap_or(1),
        _ => 1,
    };
    let once = lists(args)?;
    let lists = std::iter::repeat_n(once, repeat).flatten();
    let mut rows: Vec<Vec<Value>> = vec![vec![]];
    for list in lists {
        bounded(rows.len().saturating_mul(list.len()))?;
        let extended =
            |row: &Vec<Value>| list.iter().map(|item| [row.as_slice(), std::slice::from_ref(item)].concat()).collect();
        rows = rows.iter().flat_map(|row| -> Vec<Vec<Value>> { extended(row) }).collect();
    }
    Ok(List::value(rows.into_iter().map(tuple).collect()))
}

fn permutations(args: &Arguments<'_>) -> Result<Value, Error> {
    let items = list(args, 0)?;
    let length = args.integer(1, "r", items.len() as i64)?.max(0) as usize;
    let picks = picks(items.len(), length, |pick, next| !pick.contains(&next))?;
    Ok(chosen(&items, picks))
}

fn combinations(args: &Arguments<'_>, repeated: bool) -> Result<Value, Error> {
    let items = list(args, 0)?;
    let length = args.integer(1, "r", 0)?.max(0) as usize;
    let rises = |pick: &[usize], next: usize| {
        pick.last().is_none_or(|last| if repeated { next >= *last } else { next > *last })
    };
    let picks = picks(items.len(), length, rises)?;
    Ok(chosen(&items, picks))
}

/// All picks of `length` positions, each allowed after those before it.
fn picks(count: usize, length: usize, allowed: impl Fn(&[usize], usize) -> bool) -> Result<Vec<Vec<usize>>, Error> {
    let mut picks: Vec<Vec<usize>> = vec![vec![]];
    for _ in 0..length {
        let mut longer = vec![];
        for pick in &picks {
            let next = (0..count).filter(|next| allowed(pick, *next));
            longer.extend(next.map(|next| [pick.as_slice(), &[next]].concat()));
        }
        bounded(longer.len())?;
        picks = longer;
    }
    Ok(picks)
}

fn bounded(count: usize) -> Result<(), Error> {
    const MOST: usize = 10_000_000;
    if count > MOST { fail(format!("the result would have more than {MOST} items")) } else { Ok(()) }
}
