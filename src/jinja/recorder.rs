//! Noting where output comes from while it is written.

use super::syntax::Mark;
use super::{Error, Object, ObjectRepr, SourceMap, State, Value, ValueKind};
use std::io;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

/// What a marked template calls before each piece of its output.
#[derive(Debug, Default)]
pub(super) struct Recorder {
    written: AtomicUsize,
    state: Mutex<Recorded>,
}

#[derive(Debug, Default)]
struct Recorded {
    /// (bytes written before, the mark's number)
    passed: Vec<(usize, usize)>,
    last_value: Option<Value>,
    /// A text that a filter such as `as_bool` took for something of another type, and that type.
    missed: Option<(String, ValueKind)>,
}

impl Recorder {
    /// The last value that was put out.
    pub fn last_value(&self) -> Option<Value> {
        self.state.lock().ok()?.last_value.clone()
    }

    /// The numbers of the marks passed, in order.
    pub fn passed(&self) -> Vec<usize> {
        self.state.lock().map(|state| state.passed.iter().map(|(_, number)| *number).collect()).unwrap_or_default()
    }

    /// Notes that `text` is not what a filter takes it for, which is wrong if it is the value of the whole.
    pub fn misses(&self, text: &str, wanted: ValueKind) {
        if let Ok(mut state) = self.state.lock() {
            state.missed = Some((text.to_owned(), wanted));
        }
    }

    /// The type that the last value was taken for without being of it.
    pub fn missed_type(&self) -> Option<ValueKind> {
        let state = self.state.lock().ok()?;
        let (text, wanted) = state.missed.as_ref()?;
        (state.last_value.as_ref()?.as_str() == Some(text)).then_some(*wanted)
    }

    /// The source map of what was written.
    pub fn map(&self, marks: &[Mark]) -> SourceMap {
        let Ok(state) = self.state.lock() else { return SourceMap::default() };
        let mut map = SourceMap { entries: Vec::with_capacity(state.passed.len()) };
        for (offset, number) in &state.passed {
            let Some(mark) = marks.get(*number) else { continue };
            map.entries.push((*offset, mark.span.clone(), mark.own));
        }
        map
    }
}

impl Object for Recorder {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }

    /// `__at(number)` gives nothing, `__mark(number, value)` gives the value.
    fn call(self: &Arc<Self>, _: &mut State<'_, '_>, args: &[Value]) -> Result<Value, Error> {
        let value = args.get(1).cloned();
        if let (Some(number), Ok(mut state)) = (args.first().and_then(Value::as_usize), self.state.lock()) {
            state.passed.push((self.written.load(Ordering::Relaxed), number));
            state.last_value.clone_from(&value);
        }
        Ok(value.unwrap_or_else(|| Value::from("")))
    }
}

/// Collects output and counts it.
pub(super) struct Sheet<'a> {
    pub recorder: &'a Recorder,
    pub bytes: Vec<u8>,
}

impl io::Write for Sheet<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.bytes.extend_from_slice(bytes);
        self.recorder.written.store(self.bytes.len(), Ordering::Relaxed);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
