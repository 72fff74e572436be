//! Encrypted connections, with the meanings that PostgreSQL's clients give to `sslmode`.

use super::passfile::others_can_read;
use crate::adapters::{DatabaseError, ErrorKind};
use postgres::config::SslMode;
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::{CertificateError, ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio_postgres_rustls::MakeRustlsConnect;

/// How much encryption and proof a connection needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mode {
    /// No encryption.
    Disable,
    /// Encryption if the server insists.
    Allow,
    /// Encryption if the server offers it.
    Prefer,
    /// Encryption; the server is not verified unless a root certificate is given.
    Require,
    /// Encryption, and a certificate that leads to a trusted authority.
    VerifyCa,
    /// The same, and made out to the host's name.
    VerifyFull,
}

impl Mode {
    pub(super) const ALL: [Mode; 6] =
        [Mode::Disable, Mode::Allow, Mode::Prefer, Mode::Require, Mode::VerifyCa, Mode::VerifyFull];

    pub(super) fn name(self) -> &'static str {
        match self {
            Mode::Disable => "disable",
            Mode::Allow => "allow",
            Mode::Prefer => "prefer",
            Mode::Require => "require",
            Mode::VerifyCa => "verify-ca",
            Mode::VerifyFull => "verify-full",
        }
    }

    pub(super) fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|mode| mode.name() == name)
    }

    pub(super) fn verifies(self) -> bool {
        matches!(self, Mode::VerifyCa | Mode::VerifyFull)
    }

    /// What to ask of the server, in this order, as long as encryption is what it fails on.
    pub(super) fn attempts(self) -> &'static [SslMode] {
        match self {
            Mode::Disable => &[SslMode::Disable],
            Mode::Allow => &[SslMode::Disable, SslMode::Require],
            Mode::Prefer => &[SslMode::Prefer, SslMode::Disable],
            Mode::Require | Mode::VerifyCa | Mode::VerifyFull => &[SslMode::Require],
        }
    }
}

/// The files that a profile may name, and the home in whose `.postgresql` folder they are by default.
pub(super) struct Files {
    pub certificate: Option<PathBuf>,
    pub key: Option<PathBuf>,
    /// `system`: the machine's own.
    pub root: Option<PathBuf>,
    pub home: Option<PathBuf>,
}

impl Files {
    /// The file that is named, or the default one if there is one.
    fn found(&self, named: &Option<PathBuf>, default: &str) -> Option<PathBuf> {
        named
            .clone()
            .or_else(|| Some(self.home.as_ref()?.join(".postgresql").join(default)).filter(|path| path.is_file()))
    }
}

/// Prepares encryption as `mode` says.
///
/// # Errors
/// [`ErrorKind::Configuration`]: a certificate or key cannot be used.
pub(super) fn connector(mode: Mode, files: &Files) -> Result<MakeRustlsConnect, DatabaseError> {
    configuration_of(mode, files).map(MakeRustlsConnect::new)
}

fn configuration_of(mode: Mode, files: &Files) -> Result<ClientConfig, DatabaseError> {
    let provider = Arc::new(ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider.clone())
        .with_safe_default_protocol_versions()
        .map_err(|error| unusable(&error))?
        .dangerous()
        .with_custom_certificate_verifier(verifier(mode, files, provider)?);
    let certificate = files.found(&files.certificate, "postgresql.crt");
    let key = files.found(&files.key, "postgresql.key");
    match (certificate, key) {
        (Some(certificate), Some(key)) => builder
            .with_client_auth_cert(certificates(&certificate)?, private_key(&key)?)
            .map_err(|error| unusable(&error)),
        (Some(_), None) if files.certificate.is_some() => {
            Err(configuration("'sslcert' is given without 'sslkey'.".into()))
        }
        _ => Ok(builder.with_no_client_auth()),
    }
}

fn verifier(
    mode: Mode,
    files: &Files,
    provider: Arc<CryptoProvider>,
) -> Result<Arc<dyn ServerCertVerifier>, DatabaseError> {
    // A root certificate turns `require` into `verify-ca`, for all of PostgreSQL's clients.
    let by_root = mode == Mode::Require && files.root.is_some();
    if !mode.verifies() && !by_root {
        return Ok(Arc::new(Unverified(provider)));
    }
    let inner = WebPkiServerVerifier::builder_with_provider(Arc::new(roots(files)?), provider)
        .build()
        .map_err(|error| unusable(&error))?;
    Ok(match mode {
        Mode::VerifyFull => inner,
        _ => Arc::new(AnyName(inner)),
    })
}

/// The authorities to trust: those of the file, else the machine's own.
fn roots(files: &Files) -> Result<RootCertStore, DatabaseError> {
    let named = files.found(&files.root, "root.crt").filter(|path| path != Path::new("system"));
    let certificates = match named {
        Some(path) => certificates(&path)?,
        None => rustls_native_certs::load_native_certs().certs,
    };
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(certificates);
    if roots.is_empty() {
        return Err(configuration("There is no root certificate to verify the server by: set 'sslrootcert'.".into()));
    }
    Ok(roots)
}

fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, DatabaseError> {
    CertificateDer::pem_file_iter(path)
        .and_then(Iterator::collect)
        .map_err(|error| configuration(format!("The certificate {} cannot be read: {error}", path.display())))
}

fn private_key(path: &Path) -> Result<PrivateKeyDer<'static>, DatabaseError> {
    if others_can_read(path) {
        let path = path.display();
        return Err(DatabaseError {
            hint: Some(format!("Make it yours alone: chmod 600 {path}")),
            ..configuration(format!("The private key {path} is not used: others can read it."))
        });
    }
    PrivateKeyDer::from_pem_file(path)
        .map_err(|error| configuration(format!("The private key {} cannot be read: {error}", path.display())))
}

fn unusable(error: &dyn std::error::Error) -> DatabaseError {
    configuration(format!("Encryption cannot be set up: {error}"))
}

fn configuration(message: String) -> DatabaseError {
    DatabaseError::new(ErrorKind::Configuration, message)
}

/// Takes any certificate: the modes below `verify-ca` encrypt without proof.
#[derive(Debug)]
struct Unverified(Arc<CryptoProvider>);

impl ServerCertVerifier for Unverified {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(message, certificate, signature, &self.0.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(message, certificate, signature, &self.0.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}

/// Takes a certificate of a trusted authority, whatever name it is made out to: `verify-ca`.
#[derive(Debug)]
struct AnyName(Arc<WebPkiServerVerifier>);

impl ServerCertVerifier for AnyName {
    fn verify_server_cert(
        &self,
        certificate: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        use CertificateError::{NotValidForName, NotValidForNameContext};
        match self.0.verify_server_cert(certificate, intermediates, name, ocsp, now) {
            // The name is looked at last, when the certificate has proved good.
            Err(rustls::Error::InvalidCertificate(NotValidForName | NotValidForNameContext { .. })) => {
                Ok(ServerCertVerified::assertion())
            }
            outcome => outcome,
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.0.verify_tls12_signature(message, certificate, signature)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.0.verify_tls13_signature(message, certificate, signature)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.supported_verify_schemes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rustls::{ClientConnection, ServerConfig, ServerConnection};

    fn file(name: &str) -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/tls").join(name)
    }

    /// A handshake in memory with a server whose certificate is made out to `db.example.com`.
    fn shakes_hands(mode: Mode, root: Option<&str>, host: &'static str) -> bool {
        let files = Files { certificate: None, key: None, root: root.map(file), home: None };
        let config = configuration_of(mode, &files).unwrap();
        let certificate = certificates(&file("server.crt")).unwrap();
        let key = PrivateKeyDer::from_pem_file(file("server.key")).unwrap();
        let server = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(certificate, key)
            .unwrap();
        let mut client = ClientConnection::new(Arc::new(config), ServerName::try_from(host).unwrap()).unwrap();
        let mut server = ServerConnection::new(Arc::new(server)).unwrap();
        while client.is_handshaking() || server.is_handshaking() {
            let mut wire = vec![];
            client.write_tls(&mut wire).unwrap();
            server.read_tls(&mut wire.as_slice()).unwrap();
            server.process_new_packets().unwrap();
            wire.clear();
            server.write_tls(&mut wire).unwrap();
            client.read_tls(&mut wire.as_slice()).unwrap();
            if client.process_new_packets().is_err() {
                return false;
            }
        }
        true
    }

    #[test]
    fn each_mode_verifies_what_it_says() {
        let (named, other) = ("db.example.com", "elsewhere.example.com");
        let (ours, strange) = (Some("authority.crt"), Some("stranger.crt"));
        assert!(shakes_hands(Mode::Prefer, None, other) && shakes_hands(Mode::Require, None, other));
        // With a root certificate `require` is `verify-ca`.
        assert!(shakes_hands(Mode::Require, ours, other) && !shakes_hands(Mode::Require, strange, named));
        assert!(shakes_hands(Mode::VerifyCa, ours, other) && !shakes_hands(Mode::VerifyCa, strange, named));
        assert!(shakes_hands(Mode::VerifyFull, ours, named) && !shakes_hands(Mode::VerifyFull, ours, other));
        assert!(!shakes_hands(Mode::VerifyFull, strange, named));
    }
}
