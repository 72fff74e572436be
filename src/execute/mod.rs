//! Steps × connections → results: scheduler, transactions, retries, cancellation.
