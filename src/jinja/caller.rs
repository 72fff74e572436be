//! `caller()`: the body of a call block, called from inside a macro.

use super::{Error, ErrorKind, Object, ObjectRepr, State, Value};
use std::sync::Arc;
use std::sync::atomic::{AtomicPtr, Ordering};
use std::thread::{self, ThreadId};

/// The body of a call block. minijinja lets it run only in the state that it was made in, which waits, further up the
/// stack, for the macro to come back.
#[derive(Debug)]
pub(super) struct Caller {
    body: Value,
    /// The waiting state; null once the macro has come back, and while the body runs.
    home: AtomicPtr<()>,
    thread: ThreadId,
}

impl Caller {
    /// Lets a macro call `body`, which was made in `home`, until [`Caller::retire`].
    pub fn new(body: Value, home: &mut State<'_, '_>) -> Arc<Self> {
        let home = AtomicPtr::new(std::ptr::from_mut(home).cast());
        Arc::new(Self { body, home, thread: thread::current().id() })
    }

    /// The macro has come back: whoever kept the value can no longer call it.
    pub fn retire(&self) {
        self.home.store(std::ptr::null_mut(), Ordering::Relaxed);
    }
}

impl Object for Caller {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }

    fn call(self: &Arc<Self>, _: &mut State<'_, '_>, args: &[Value]) -> Result<Value, Error> {
        if thread::current().id() != self.thread {
            return Err(Error::new(ErrorKind::InvalidOperation, "caller() was handed to another thread"));
        }
        let home = self.home.swap(std::ptr::null_mut(), Ordering::Relaxed);
        if home.is_null() {
            return Err(Error::new(ErrorKind::InvalidOperation, "caller() is called outside of its macro"));
        }
        // SAFETY: `home` is the state whose `&mut` was lent to `Macro::call`, further up this thread's stack, which
        // does not touch it until it returns, and retires this value before it does. The swap above makes sure that no
        // second reference is made while this one lives. The erased lifetimes are those of the borrow lent.
        let state = unsafe { &mut *home.cast::<State<'static, 'static>>() };
        let result = self.body.call(state, args);
        self.home.store(home, Ordering::Relaxed);
        result
    }
}
