//! `table.bins(…)`: how many values of a column lie in each of several spans.

use super::table_text::{number, places};
use super::{Table, table_shapes};
use crate::adapters::ColumnType;
use crate::jinja::{Arguments, Decimal, Error, ErrorKind, Value};
use std::sync::Arc;

/// `bins(column_name, count=10, start=none, end=none)`: a row for each span that has values, in the order of the spans;
/// nulls come last. Without a start and an end the spans lie between round numbers.
pub fn bins(table: &Table, arguments: &Arguments<'_>) -> Result<Value, Error> {
    let name = arguments.string(0, "column_name")?;
    let column = table.column(&name)?;
    let values = table.rows().iter().map(|row| value(&name, &row[column])).collect::<Result<Vec<_>, _>>()?;
    let spans = Spans::new(arguments, &values)?;
    let mut counts = vec![0; spans.names.len() + 1];
    for value in &values {
        counts[value.as_ref().map_or(spans.names.len(), |value| spans.place(value))] += 1;
    }
    let names = spans.names.iter().map(|name| Value::from(name.as_str())).chain([Value::from(())]);
    let row = |(name, count): (Value, i64)| Arc::from([name, table_shapes::decimal(count)]);
    let rows = names.zip(counts).filter(|(_, count)| *count > 0).map(row).collect();
    let columns =
        vec![table_shapes::column(&name, ColumnType::Text), table_shapes::column("Count", ColumnType::Number)];
    Ok(Table::of(columns, rows, table.outlet().clone()).into_value())
}

fn value(column: &str, value: &Value) -> Result<Option<Decimal>, Error> {
    if value.is_none() {
        return Ok(None);
    }
    Decimal::parse(&value.to_string()).map(Some).ok_or_else(|| {
        Error::new(ErrorKind::InvalidOperation, format!("bins(): '{value}' in the column '{column}' is no number"))
    })
}

/// Spans of equal size, one behind the other.
struct Spans {
    /// Where the first begins, where each of the others does, and where the last ends.
    breaks: Vec<Decimal>,
    names: Vec<String>,
}

impl Spans {
    fn new(arguments: &Arguments<'_>, values: &[Option<Decimal>]) -> Result<Self, Error> {
        let known = || values.iter().flatten();
        let (Some(least), Some(greatest)) = (known().min(), known().max()) else {
            return Err(Error::new(ErrorKind::InvalidOperation, "bins(): the column has no values"));
        };
        let (least, greatest) = round_limits(least, greatest)?;
        let given = |index, name| {
            let given = arguments.get(index, name).filter(Value::is_true);
            given.map(|given| value(name, &given)).transpose().map(Option::flatten)
        };
        let count = arguments.integer(1, "count", 10)?.clamp(1, 10_000);
        let start = given(2, "start")?.unwrap_or_else(|| least.clone());
        let end = given(3, "end")?.unwrap_or_else(|| greatest.clone());
        let size = calculate("/", &calculate("-", &end, &start)?.abs(), &whole(count))?;
        let at = |index| calculate("+", &start, &calculate("*", &size, &whole(index))?);
        let breaks = (0..=count).map(at).collect::<Result<Vec<_>, _>>()?;
        let digits = breaks.iter().map(|at| places(&at.clone().value())).max().unwrap_or(0);
        let shown = |limit: &Decimal| number(&limit.clone().value(), digits, "");
        let last = breaks.len() - 2;
        let name = |index: usize| {
            let low = if index == 0 && least < start { &least } else { &breaks[index] };
            let high = if index == last && index > 0 && greatest > end { &greatest } else { &breaks[index + 1] };
            format!("[{} - {}{}", shown(low), shown(high), if index == last { ']' } else { ')' })
        };
        let names = (0..=last).map(name).collect();
        Ok(Self { breaks, names })
    }

    /// The span that a value lies in, or the one that is nearest to it.
    fn place(&self, value: &Decimal) -> usize {
        let inner = &self.breaks[1..self.breaks.len() - 1];
        inner.iter().take_while(|start| value >= *start).count()
    }
}

/// Round numbers, one not above the least value and one not below the greatest.
fn round_limits(least: &Decimal, greatest: &Decimal) -> Result<(Decimal, Decimal), Error> {
    let whole_digits = |limit: &Decimal| match limit.truncated().unwrap_or(0).unsigned_abs() {
        0 => 0,
        whole => whole.ilog10() as usize + 1,
    };
    let digits = whole_digits(least).max(whole_digits(greatest));
    let unit = match digits {
        0 => {
            let fraction = |limit: &Decimal| places(&limit.clone().value());
            let fewest = fraction(least).min(fraction(greatest));
            parsed(&format!("1e-{}", fewest.saturating_sub(1)))?
        }
        digits => parsed(&format!("1e{}", digits - 1))?,
    };
    let floor = |limit: &Decimal| -> Result<Decimal, Error> {
        let units = calculate("/", limit, &unit)?;
        let down = whole(units.truncated().unwrap_or(0) as i64);
        if units < down { calculate("-", &down, &whole(1)) } else { Ok(down) }
    };
    let ceiling = |limit: &Decimal| Ok::<_, Error>(floor(&limit.negated())?.negated());
    Ok((calculate("*", &floor(least)?, &unit)?, calculate("*", &ceiling(greatest)?, &unit)?))
}

fn whole(number: i64) -> Decimal {
    Decimal::parse(&number.to_string()).unwrap_or_default()
}

fn parsed(text: &str) -> Result<Decimal, Error> {
    Decimal::parse(text).ok_or_else(|| Error::new(ErrorKind::InvalidOperation, format!("'{text}' is no number")))
}

fn calculate(operator: &str, a: &Decimal, b: &Decimal) -> Result<Decimal, Error> {
    let result = Decimal::calculate(operator, a, b)?;
    parsed(&result.to_string())
}
