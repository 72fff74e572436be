//! `log()` and `print()`.

use super::native::Body;
use crate::compile::rendering::Rendering;
use crate::event::{Event, Level};
use crate::jinja::{Arguments, Error, State, Value};
use std::sync::Arc;

/// The functions by name.
pub const FUNCTIONS: &[(&str, Body)] = &[("log", log), ("print", print)];

fn log(rendering: &Arc<Rendering>, _: &mut State<'_, '_>, args: &[Value]) -> Result<Value, Error> {
    let arguments = Arguments::of("log", args);
    let level = if arguments.flag(1, "info") { Level::Info } else { Level::Debug };
    rendering.tell(level, arguments.require(0, "msg")?.to_string());
    Ok(Value::from(""))
}

fn print(rendering: &Arc<Rendering>, _: &mut State<'_, '_>, args: &[Value]) -> Result<Value, Error> {
    let text = Arguments::of("print", args).require(0, "msg")?.to_string();
    if rendering.compiler.graph().invocation.flags.print {
        rendering.compiler.sink().emit(Event::Printed(text));
    }
    Ok(Value::from(""))
}
