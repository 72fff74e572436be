//! The Snowflake adapter where no emulator reaches: what goes over the wire, against a server that plays recorded
//! exchanges (`sessions`), also while rows are moved (`transfer`), and the statements that are sent for what only Snowflake has (`statements`).

#[path = "snowflake/account.rs"]
mod account;
#[path = "snowflake/server.rs"]
mod server;
#[path = "snowflake/sessions.rs"]
mod sessions;
#[path = "snowflake/statements.rs"]
mod statements;
#[path = "snowflake/transfer.rs"]
mod transfer;
