//! `render()` and other functions that hand a text on.

use super::native::Body;
use crate::compile::rendering::Rendering;
use crate::diagnostics::{Code, Diagnostic, SourceFile};
use crate::jinja::{Arguments, Error, State, Value, raise};
use std::sync::Arc;

/// The functions by name.
pub const FUNCTIONS: &[(&str, Body)] = &[
    ("write", write),
    ("render", render),
    ("try_or_compiler_error", try_or_compiler_error),
    ("adapter_macro", adapter_macro),
];

/// `write(payload)`: what `target/run` holds is taken from the statements sent, so there is nothing to do.
fn write(_: &Arc<Rendering>, _: &mut State<'_, '_>, _: &[Value]) -> Result<Value, Error> {
    Ok(Value::from(""))
}

fn render(rendering: &Arc<Rendering>, _: &mut State<'_, '_>, args: &[Value]) -> Result<Value, Error> {
    let text = Arguments::of("render", args).require(0, "string")?.to_string();
    let length = text.len();
    let path = rendering.node.as_ref().map_or("template", |node| &node.original_file_path);
    let file = SourceFile::new(path, text);
    let rendered = rendering.engine.render(&file.span(0..length), &rendering.scope()).map_err(raise)?;
    Ok(Value::from(rendered.text))
}

fn try_or_compiler_error(_: &Arc<Rendering>, state: &mut State<'_, '_>, args: &[Value]) -> Result<Value, Error> {
    let arguments = Arguments::of("try_or_compiler_error", args);
    let (message, function) = (arguments.string(0, "message_if_exception")?, arguments.require(1, "func")?);
    let rest = args.get(2..).unwrap_or_default();
    function.call(state, rest).map_err(|_| raise(Diagnostic::error(Code::MACRO_RAISED, message)))
}

fn adapter_macro(_: &Arc<Rendering>, _: &mut State<'_, '_>, args: &[Value]) -> Result<Value, Error> {
    let name = Arguments::of("adapter_macro", args).string(0, "name")?;
    Err(raise(
        Diagnostic::error(Code::UNSUPPORTED, "adapter_macro() no longer exists.")
            .hint(format!("Write adapter.dispatch('{name}')(…).")),
    ))
}
