//! Stopping a statement from another thread.

use crate::adapters::Cancel;
use postgres::CancelToken;
use tokio_postgres_rustls::MakeRustlsConnect;

/// Asks the server, over a connection of its own, to stop one connection's statement in flight.
pub(super) struct CancelRequest {
    pub(super) token: CancelToken,
    pub(super) tls: MakeRustlsConnect,
}

impl Cancel for CancelRequest {
    /// A request that cannot be delivered is dropped: the statement then ends by itself.
    fn cancel(&self) {
        let _ = self.token.cancel_query(self.tls.clone());
    }
}
