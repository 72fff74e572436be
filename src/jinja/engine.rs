//! Rendering.

use super::failure::{self, raise};
use super::invocation::{Macro, returned};
use super::python;
use super::recorder::{Recorder, Sheet};
use super::rendering::{Names, Rendering, TEMPLATE};
use super::syntax::{Mark, lower_template};
use super::{Clock, Error, Kwargs, Layer, MacroLibrary, NameTable, Scope, SourceMap, Value};
use crate::diagnostics::{Code, Diagnostic, Result, Span, nearest};
use crate::world::{Witness, World};
use minijinja::{Environment, UndefinedBehavior};
use std::fmt;
use std::sync::Arc;

/// Renders templates with the macros of a library. Cheap to clone; shared by threads.
#[derive(Clone)]
pub struct Engine {
    shared: Arc<Shared>,
    overrides: Layer,
}

struct Shared {
    library: Arc<MacroLibrary>,
    language: NameTable,
    exact: Environment<'static>,
    forgiving: Environment<'static>,
    watch: Option<Watch>,
}

/// Names whose use is noted.
struct Watch {
    passing: &'static [&'static str],
    witness: Arc<Witness>,
}

/// A rendered template.
#[derive(Debug, Clone)]
pub struct Rendered {
    /// The text.
    pub text: String,
    /// From the text back to the template.
    pub map: SourceMap,
}

impl Engine {
    /// An engine over a library.
    pub fn new(library: Arc<MacroLibrary>) -> Self {
        Self::with(library, Arc::new(jiff::Timestamp::now), None)
    }

    /// An engine whose templates take the time (`modules.datetime.datetime.now()`) from a world. Its witness is told when
    /// they do, or when they use one of the names in `passing`, whose values are others in each call.
    pub fn in_world(library: Arc<MacroLibrary>, world: &Arc<World>, passing: &'static [&'static str]) -> Self {
        let (world, witness) = (world.clone(), world.witness().clone());
        let clock = {
            let witness = witness.clone();
            move || {
                witness.note_passing();
                world.now()
            }
        };
        Self::with(library, Arc::new(clock), Some(Watch { passing, witness }))
    }

    fn with(library: Arc<MacroLibrary>, clock: Clock, watch: Option<Watch>) -> Self {
        let exact = environment(&library, UndefinedBehavior::Lenient);
        let mut forgiving = environment(&library, UndefinedBehavior::Chainable);
        super::forgiving::install(&mut forgiving);
        let shared = Shared { library, language: python::language(&clock), exact, forgiving, watch };
        Self { shared: Arc::new(shared), overrides: Arc::new(NameTable::default()) }
    }

    /// The same engine, in which these names win over everything else, macros included.
    pub fn overriding(&self, overrides: Layer) -> Self {
        Self { shared: self.shared.clone(), overrides }
    }

    /// The names that win over everything else.
    pub(super) fn overrides(&self) -> &Layer {
        &self.overrides
    }

    /// A name from outside of the templates is used.
    pub(super) fn note_use(&self, name: &str) {
        if let Some(watch) = self.shared.watch.as_ref().filter(|watch| watch.passing.contains(&name)) {
            watch.witness.note_passing();
        }
    }

    /// Its macros.
    pub fn library(&self) -> &Arc<MacroLibrary> {
        &self.shared.library
    }

    /// Renders the template under `template`.
    pub fn render(&self, template: &Span, scope: &Scope) -> Result<Rendered> {
        let run = self.run(template, scope, false)?;
        let map = if run.returned.is_none() { run.recorder.map(&run.marks) } else { SourceMap::default() };
        Ok(Rendered { text: run.text, map })
    }

    /// Renders a text; one that is a single `{{ expression }}` gives the expression's value, any other the text, as
    /// a string. (YAML values.)
    pub fn evaluate(&self, template: &Span, scope: &Scope) -> Result<Value> {
        let text = template.text();
        if !has_tags(text) {
            return Ok(Value::from(without_last_line_end(text)));
        }
        let run = self.run(template, scope, true)?;
        if let Some(value) = run.returned {
            return Ok(value);
        }
        let Some(value) = run.lone_value(text) else { return Ok(Value::from(run.text)) };
        match run.recorder.missed_type() {
            Some(wanted) => {
                Err(Diagnostic::error(Code::JINJA_RENDER, format!("'{value}' is not a {wanted}.")).at(template))
            }
            None => Ok(value),
        }
    }

    /// Calls the macro that `name` (or `package.name`) means in the scope, or else that `adapter.dispatch(name)` finds there.
    pub fn call(&self, name: &str, args: &[Value], kwargs: &[(&str, Value)], scope: &Scope) -> Result<Value> {
        let library = self.library();
        let found = match name.split_once('.') {
            Some((package, name)) => library.qualified(package, name),
            None => library.find(&scope.package, name).or_else(|| library.dispatch(&scope.package, name, None)),
        };
        let Some(def) = found else { return Err(self.unknown_macro(name)) };
        let engine = self.clone();
        let rendering =
            Arc::new(Rendering { engine, scope: scope.clone(), template: None, native: false, recorder: None });
        let mut args = args.to_vec();
        if !kwargs.is_empty() {
            args.push(kwargs.iter().map(|(name, value)| (*name, value.clone())).collect::<Kwargs>().into());
        }
        let called = Macro { def: def.clone(), names: Names::of_template(rendering.clone()) };
        let mut state = self.environment(scope.forgiving).empty_state();
        called.invoke(&mut state, &args).map_err(|error| failure::diagnostic(error, &rendering))
    }

    /// The environment that templates are compiled and rendered in.
    pub(super) fn environment(&self, forgiving: bool) -> &Environment<'static> {
        if forgiving { &self.shared.forgiving } else { &self.shared.exact }
    }

    /// The language's own functions.
    pub(super) fn language(&self) -> &NameTable {
        &self.shared.language
    }

    fn run(&self, template: &Span, scope: &Scope, native: bool) -> Result<Run> {
        let (lowered, marks) = lower_template(template, true)?;
        let recorder = Arc::new(Recorder::default());
        let rendering = Arc::new(Rendering {
            engine: self.clone(),
            scope: scope.clone(),
            template: Some(lowered),
            native,
            recorder: Some(recorder.clone()),
        });
        let names = Value::from_dyn_object(Names::of_template(rendering.clone()));
        match self.write(&rendering, names, &recorder) {
            Ok(text) => Ok(Run { text, marks, recorder, returned: None }),
            Err(error) => match returned(&error) {
                Some(value) => Ok(Run { text: value.to_string(), marks, recorder, returned: Some(value) }),
                None => Err(failure::diagnostic(error, &rendering)),
            },
        }
    }

    fn write(&self, rendering: &Rendering, names: Value, recorder: &Recorder) -> Result<String, Error> {
        let text = rendering.template.as_ref().map_or("", |lowered| lowered.text.as_str());
        let mut sheet = Sheet { recorder, bytes: Vec::with_capacity(text.len()) };
        let environment: &Environment<'_> = self.environment(rendering.scope.forgiving);
        environment.template_from_named_str(TEMPLATE, text)?.render_captured_to(names, &mut sheet)?;
        String::from_utf8(sheet.bytes)
            .map_err(|error| Error::new(super::ErrorKind::WriteFailure, "the output is not UTF-8").with_source(error))
    }

    fn unknown_macro(&self, name: &str) -> Box<Diagnostic> {
        let diagnostic = Diagnostic::error(Code::MACRO_UNKNOWN, format!("There is no macro named `{name}`."));
        match nearest(name, self.library().iter().map(|def| def.name.as_str())).as_slice() {
            [] => diagnostic,
            near => diagnostic.hint(format!("Did you mean `{}`?", near.join("` or `"))),
        }
    }
}

/// What rendering a template gave.
struct Run {
    text: String,
    marks: Vec<Mark>,
    recorder: Arc<Recorder>,
    /// What a `return(…)` outside of macros gave, which ended the template.
    returned: Option<Value>,
}

/// Whether a text has to be rendered: it contains the beginning or the end of a tag.
pub fn has_tags(text: &str) -> bool {
    ["{{", "{%", "{#", "}}", "%}", "#}"].iter().any(|bracket| text.contains(bracket))
}

impl Run {
    /// The value of the expression that put out everything there is: the template's only one, or the one that its
    /// conditions and loops came to. (There, as in Jinja2, a constant counts as text.)
    fn lone_value(&self, template: &str) -> Option<Value> {
        let [only] = self.recorder.passed()[..] else { return None };
        let mark = self.marks.get(only).filter(|mark| !mark.own)?;
        let value = self.recorder.last_value()?;
        if self.marks.len() == 1 && is_single_expression(template) {
            return Some(value);
        }
        (!python::is_literal(mark.span.text()) && *python::printed(&value) == self.text).then_some(value)
    }
}

/// Whether nothing stands around the one expression but a last line end.
fn is_single_expression(text: &str) -> bool {
    let text = without_last_line_end(text);
    text.starts_with("{{") && text.ends_with("}}")
}

/// A template's last line end is not put out.
fn without_last_line_end(text: &str) -> &str {
    text.strip_suffix('\n').unwrap_or(text)
}

fn environment(library: &Arc<MacroLibrary>, undefined: UndefinedBehavior) -> Environment<'static> {
    let mut environment = Environment::new();
    python::install(&mut environment);
    environment.set_undefined_behavior(undefined);
    // Only with this do errors name what is undefined.
    environment.set_debug(true);
    environment.set_recursion_limit(500);
    let library = library.clone();
    environment.set_loader(move |id| {
        let Some(def) = library.by_id(id) else { return Ok(None) };
        let lowered = def.lowered().map_err(raise)?;
        Ok(Some(lowered.text.clone()))
    });
    environment
}

impl fmt::Debug for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Engine({:?})", self.shared.library)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostics::{SourceFile, Style, render as draw};
    use crate::jinja::dispatch;
    use minijinja::value::Kwargs;
    use std::collections::HashMap;

    const MACROS: &str = "
{% macro cents(col, scale=2, opts={'a': [1]}) -%}
  ({{ col }} / 100)::numeric(16, {{ scale }})
{%- endmacro %}
{% macro ret_list(n) %}{% set l = [] %}{% for i in range(n) %}{% do l.append(i * 10) %}{% endfor %}{{ return(l) }}{% endmacro %}
{% macro ret_dict() %}{{ return({'a': 1, 'b': [1,2]}) }}{% endmacro %}
{% macro va(first) %}{{ first }}|{{ varargs | join(',') }}|{{ kwargs }}|{{ kwargs.get('z') }}{% endmacro %}
{% macro wrap(tag) %}<{{ tag }}>{{ caller() }}</{{ tag }}>{% endmacro %}
{% macro each(xs) %}{% for x in xs %}{{ caller(x, loop.index) }}{% endfor %}{% endmacro %}
{% macro outer() %}{% call wrap('o') %}{% call wrap('i') %}deep {{ cents('x') }}{% endcall %}{% endcall %}{% endmacro %}
{% macro fact(n) %}{% if n <= 1 %}{{ return(1) }}{% endif %}{{ return(n * fact(n-1)) }}{% endmacro %}
{% macro defdep(a, b=a) %}{{ a }}-{{ b }}{% endmacro %}
{% macro boom(x) %}
  {% set y = x.foo.bar %}
  {{ y }}
{% endmacro %}
{% macro boom2() %}

  {{ boom({'q': 1}) }}
{% endmacro %}
{% macro mutate(l) %}{% do l.append('m') %}{% endmacro %}
{% macro default__disp(x) %}default {{ x }}{% endmacro %}
{% macro duck__disp(x) %}duck {{ x }}{% endmacro %}
{% macro disp(x) %}{{ return(adapter_dispatch('disp')(x)) }}{% endmacro %}
{% macro forever() %}{{ forever() }}{% endmacro %}
{% macro keep_newline() %}
a
{% endmacro %}
{% macro twice() %}{{ caller(caller) }}{% endmacro %}
";

    fn engine() -> Engine {
        let mut library = MacroLibrary::new(
            "shop",
            vec!["dbt_duck".into(), "dbt".into()],
            vec!["duck".into(), "default".into()],
            Default::default(),
        );
        library.add("shop", &SourceFile::new("macros/shop.sql", MACROS)).unwrap();
        let package = "{% macro star() %}*{% endmacro %}{% macro own() %}{{ _own() }}{% endmacro %}{% macro _own() %}o{% endmacro %}{% macro ref(x) %}no{% endmacro %}";
        library.add("utils", &SourceFile::new("dbt_packages/utils/macros/a.sql", package)).unwrap();
        library.add("dbt", &SourceFile::new("dbt/a.sql", "{% macro type_string() %}text{% endmacro %}")).unwrap();
        Engine::new(Arc::new(library))
    }

    fn scope(forgiving: bool) -> Scope {
        let find = |state: &minijinja::State, name: String, args: Kwargs| -> Result<Value, Error> {
            let namespace: Option<String> = args.get("macro_namespace")?;
            dispatch(state, &name, namespace.as_deref())
        };
        let layer = HashMap::from([
            ("adapter_dispatch".to_owned(), Value::from_function(find)),
            ("this".to_owned(), Value::from("db.main.me")),
            ("ref".to_owned(), Value::from_function(|name: String| format!("\"{name}\""))),
        ]);
        Scope::new("shop", vec![Arc::new(layer)], forgiving)
    }

    fn template(text: &str) -> Span {
        let file = SourceFile::new("models/m.sql", text);
        file.span(0..file.text().len())
    }

    fn show(text: &str) -> String {
        engine().render(&template(text), &scope(false)).map_or_else(|e| e.to_string(), |rendered| rendered.text)
    }

    #[test]
    fn macros_are_called_as_in_dbt() {
        for (text, expected) in [
            (
                "{{ cents('amount') }} {{ cents(col='a', scale=4) }}",
                "(amount / 100)::numeric(16, 2) (a / 100)::numeric(16, 4)",
            ),
            ("{{ ret_list(3) | join('+') }} {{ ret_list(2)[1] + 1 }}", "0+10+20 11"),
            ("{% set d = ret_dict() %}{{ d.b[1] }} {{ d is mapping }} {{ d }}", "2 True {'a': 1, 'b': [1, 2]}"),
            ("{{ va(1, 2, 3, z=9, y=8) }}", "1|2,3|{'z': 9, 'y': 8}|9"),
            ("{% call wrap('b') %}hi {{ this }}{% endcall %}", "<b>hi db.main.me</b>"),
            (
                "{% for q in [1,2] %}{% call(x, i) each(['a','b']) %}{{ x }}{{ i }}{{ q }};{% endcall %}{% endfor %}",
                "a11;b21;a12;b22;",
            ),
            ("{{ outer() }}", "<o><i>deep (x / 100)::numeric(16, 2)</i></o>"),
            ("{{ fact(6) }} {{ fact(6) is number }}", "720 True"),
            ("{{ defdep(1) }} {{ defdep(1, 2) }}", "1-1 1-2"),
            ("{% set l = [1] %}{% do mutate(l) %}{{ l }}", "[1, 'm']"),
            ("{{ disp(1) }}", "duck 1"),
            ("{{ keep_newline() }}", "\na\n"),
            (
                "{{ shop.cents('z') }}|{{ context['ret_list'](1) }}|{{ context.get('nope', 3) }}",
                "(z / 100)::numeric(16, 2)|[0]|3",
            ),
            ("{{ utils.star() }}{{ utils.own() }} {{ dbt.type_string() }} {{ type_string() }}", "*o text text"),
            ("{{ ref('a') }} {{ utils.ref('a') }}", "\"a\" no"),
            (
                "{{ star is defined }} {{ cents.name }} {{ cents is callable }} {{ [cents] }}",
                "False cents True [<macro shop.cents>]",
            ),
            ("{% if true: %}a{% endif %}{% do 1 + 1 %}{%- do [1] -%} b", "ab"),
            ("a{{ return('b') }}c", "b"),
            ("{% set f = cents %}{{ f('q') }}", "(q / 100)::numeric(16, 2)"),
        ] {
            assert_eq!(show(text), expected, "{text}");
        }
    }

    #[test]
    fn errors_point_at_the_analysts_line() {
        let failing = |text: &str| {
            let error = engine().render(&template(text), &scope(false)).unwrap_err();
            draw(&error, Style { color: false, width: 100 })
        };
        let texts: Vec<String> = [
            "select 1\n, {{ boom2() }}",
            "{{ cents(1,2,3,4) }}",
            "{{ cents(1, scal=2) }}",
            "{{ cent('a') }}",
            "{{ utils.sta() }}",
            "{{ nope.foo }}",
            "a\n{% if x %}\nb",
            "{{ 1 + }}",
            "{% frobnicate %}",
            "{{ forever() }}",
            "{{ [1, 2] + nope }}",
            "{{ this.nosuch() }}",
            "{% call(c) twice() %}{{ c() }}{% endcall %}",
            "{{ adapter_dispatch('x', macro_namespace='utils') }}",
        ]
        .into_iter()
        .map(failing)
        .collect();
        insta::assert_snapshot!(texts.join("\n"));
    }

    #[test]
    fn forgiving_scopes_swallow_what_is_unknown() {
        let text = "{{ a.b.c('x')[0].d }}|{% for i in run('x').columns %}{{ i }}{% endfor %}|{{ a is defined }}|\
                    {{ a | default('z') }}|{% if a.b() %}y{% endif %}|{{ this.nosuch.there() }}|{{ {}.x.y() }}|{{ a is none }}";
        assert_eq!(engine().render(&template(text), &scope(true)).unwrap().text, "||False|z||||False");
    }

    #[test]
    fn values_keep_their_type_when_they_stand_alone() {
        let value = |text: &str| engine().evaluate(&template(text), &scope(false)).unwrap();
        assert_eq!(value("{{ 1 + 1 }}"), Value::from(2));
        assert_eq!(value("{{ '1' }}"), Value::from("1"));
        assert_eq!(value("{{ [1] }}\n").to_string(), "[1]");
        assert_eq!(value("a{{ 1 }}"), Value::from("a1"));
        assert_eq!(value("plain"), Value::from("plain"));
        assert_eq!(value("{% if true %}{{ 1 }}{% endif %}"), Value::from("1"));
        assert_eq!(value("{{ 'duck' == 'duck' | as_bool() }}"), Value::from(true));
        assert_eq!(
            value("{% if 1 in [1] -%} {{ true | as_bool }} {%- else -%} {{ false | as_bool }} {%- endif -%}\n"),
            Value::from(true)
        );
        assert_eq!(value("{% for x in [1] %}{{ x }} {% endfor %}"), Value::from("1 "));
        assert_eq!(value("plain\n"), Value::from("plain"));
        let wrong = template("{{ 'duck' | as_bool }}");
        assert!(engine().evaluate(&wrong, &scope(false)).unwrap_err().message.contains("'duck' is not a bool"));
    }

    #[test]
    fn text_leads_back_to_the_template() {
        let text =
            "{%- set x = 'ab' -%}\r\nselect {{ x }},\r\n  {% if true %}one{% endif -%}\n  , {{ cents('c') }} as c\n";
        let span = template(text);
        let rendered = engine().render(&span, &scope(false)).unwrap();
        assert_eq!(rendered.text, "select ab,\n  one, (c / 100)::numeric(16, 2) as c");
        let at = |needle: &str| {
            let place = rendered.map.locate(rendered.text.find(needle).unwrap()).unwrap();
            (place.position().line, place.position().column)
        };
        assert_eq!(at("select"), (2, 1));
        assert_eq!(at("ab"), (2, 11));
        assert_eq!(at("one"), (3, 16));
        assert_eq!(at("100)"), (4, 8));
        assert_eq!(at("as c"), (4, 22));
    }

    #[test]
    fn macros_are_called_from_rust() {
        let engine = engine();
        let value =
            engine.call("shop.cents", &[Value::from("a")], &[("scale", Value::from(1))], &scope(false)).unwrap();
        assert_eq!(value.to_string(), "(a / 100)::numeric(16, 1)");
        assert!(engine.call("cent", &[], &[], &scope(false)).is_err());
        assert_eq!(engine.call("ret_list", &[Value::from(2)], &[], &scope(false)).unwrap().to_string(), "[0, 10]");
    }

    #[test]
    fn engines_are_shared_by_threads() {
        fn shared<T: Send + Sync>() {}
        shared::<Engine>();
    }
}
