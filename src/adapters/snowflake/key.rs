//! The private key that a user logs in with, and the tokens it signs.

use crate::adapters::output::Output;
use crate::adapters::registry::Surroundings;
use crate::adapters::{DatabaseError, ErrorKind};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use pkcs8::EncryptedPrivateKeyInfo;
use pkcs8::der::Decode;
use pkcs8::pkcs5::Error as DecryptionError;
use ring::rand::SystemRandom;
use ring::signature::{RSA_PKCS1_SHA256, RsaKeyPair};
use serde_json::json;
use sha2::{Digest, Sha256};

/// How long a token is good for, in seconds; Snowflake takes an hour at most.
const LIFETIME: i64 = 59 * 60;
/// A token is dated back by so much: a clock that is a little fast does no harm.
const BACKDATED: i64 = 30;

/// A user's RSA key.
pub(super) struct UserKey {
    pair: RsaKeyPair,
}

impl UserKey {
    /// A token that proves at `now` (seconds since 1970) who asks.
    pub(super) fn token(&self, account: &str, user: &str, now: i64) -> Result<String, DatabaseError> {
        // The region is no part of an account's name here.
        let account = account.split('.').next().unwrap_or(account).to_uppercase();
        let subject = format!("{account}.{}", user.to_uppercase());
        let claims = json!({
            "iss": format!("{subject}.SHA256:{}", self.fingerprint()),
            "sub": subject,
            "iat": now - BACKDATED,
            "exp": now - BACKDATED + LIFETIME,
        });
        let part = |value: serde_json::Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let signed = format!("{}.{}", part(json!({"alg": "RS256", "typ": "JWT"})), part(claims));
        let mut signature = vec![0; self.pair.public().modulus_len()];
        self.pair
            .sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), signed.as_bytes(), &mut signature)
            .map_err(|_| invalid("The private key cannot sign a login."))?;
        Ok(format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature)))
    }

    /// As `desc user` shows it in `RSA_PUBLIC_KEY_FP`, without the `SHA256:` in front.
    fn fingerprint(&self) -> String {
        STANDARD.encode(Sha256::digest(self.public_key()))
    }

    /// The public key as X.509 has it (`SubjectPublicKeyInfo`).
    fn public_key(&self) -> Vec<u8> {
        /// `rsaEncryption`, and null for its parameters.
        const ALGORITHM: [u8; 15] =
            [0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00];
        let key = self.pair.public().as_ref();
        let bits = der(0x03, &[&[0][..], key].concat());
        der(0x30, &[&ALGORITHM[..], &bits].concat())
    }
}

/// A value as DER writes it: its tag, its length, its bytes.
fn der(tag: u8, content: &[u8]) -> Vec<u8> {
    let mut out = vec![tag];
    match u8::try_from(content.len()) {
        Ok(length) if length < 0x80 => out.push(length),
        _ => {
            let length: Vec<u8> = content.len().to_be_bytes().into_iter().skip_while(|byte| *byte == 0).collect();
            out.push(0x80 | length.len() as u8);
            out.extend(length);
        }
    }
    out.extend(content);
    out
}

/// The key that the profile names; `None` where it names none.
pub(super) fn read(keys: &Output<'_>, surroundings: Surroundings<'_>) -> Result<Option<UserKey>, DatabaseError> {
    let passphrase = keys.text(&["private_key_passphrase"])?;
    let (text, name) = match (keys.text(&["private_key"])?, keys.text(&["private_key_path"])?) {
        (Some(_), Some(_)) => {
            return Err(keys.invalid("The profile's snowflake output has both 'private_key' and 'private_key_path'."));
        }
        (None, None) => return Ok(None),
        (Some(text), None) => (text.into_bytes(), "private_key".to_owned()),
        (None, Some(path)) => {
            let home = surroundings.world.home();
            let file = match (path.strip_prefix("~/"), home) {
                (Some(rest), Some(home)) => home.join(rest),
                _ => surroundings.project_dir.join(&path),
            };
            let unreadable = |error| keys.invalid(format!("The private key {path} cannot be read: {error}"));
            (std::fs::read(&file).map_err(unreadable)?, path)
        }
    };
    parse(&text, passphrase.as_deref(), &name).map(Some)
}

/// A key from PEM, from the base64 of DER, or from DER; `name` is for messages.
fn parse(text: &[u8], passphrase: Option<&str>, name: &str) -> Result<UserKey, DatabaseError> {
    let (label, bytes) = decoded(text, name)?;
    let encrypted = EncryptedPrivateKeyInfo::from_der(&bytes).ok();
    let made = match (label.as_deref(), encrypted) {
        (Some("RSA PRIVATE KEY"), _) => RsaKeyPair::from_der(&bytes),
        (_, Some(info)) => RsaKeyPair::from_pkcs8(decrypt(&info, passphrase, name)?.as_slice()),
        _ => RsaKeyPair::from_pkcs8(&bytes),
    };
    let pair =
        made.map_err(|error| invalid(format!("The private key {name} is no RSA key that can be used: {error}.")))?;
    Ok(UserKey { pair })
}

fn decrypt(info: &EncryptedPrivateKeyInfo<'_>, passphrase: Option<&str>, name: &str) -> Result<Vec<u8>, DatabaseError> {
    let Some(passphrase) = passphrase else {
        return Err(DatabaseError {
            hint: Some("Set 'private_key_passphrase' in the profile.".into()),
            ..invalid(format!("The private key {name} is encrypted, and there is no passphrase."))
        });
    };
    // The library calls padding that is wrong, as it comes of a wrong passphrase, one or the other.
    let reason = |error: DecryptionError| match error {
        DecryptionError::DecryptFailed | DecryptionError::EncryptFailed => {
            invalid(format!("The passphrase does not open the private key {name}."))
        }
        other => invalid(format!("The private key {name} is encrypted in a way that is not known: {other}.")),
    };
    let plain = info.encryption_algorithm.decrypt(passphrase, info.encrypted_data).map_err(reason)?;
    // What was decrypted with a wrong passphrase may be padded right by chance.
    match plain.first() {
        Some(0x30) => Ok(plain),
        _ => Err(invalid(format!("The passphrase does not open the private key {name}."))),
    }
}

/// The bytes of a key, and what PEM calls them.
fn decoded(text: &[u8], name: &str) -> Result<(Option<String>, Vec<u8>), DatabaseError> {
    let Some(text) = std::str::from_utf8(text).ok() else { return Ok((None, text.to_vec())) };
    let ill = || DatabaseError {
        hint: Some("Give PEM text, or the base64 of DER.".into()),
        ..invalid(format!("The private key {name} is neither PEM nor base64."))
    };
    let base64 = |text: &str| {
        let bare: String = text.chars().filter(|c| !c.is_whitespace()).collect();
        STANDARD.decode(bare).map_err(|_| ill())
    };
    // Line ends may have come through an environment variable.
    let text = text.replace("\\n", "\n");
    let Some((_, rest)) = text.split_once("-----BEGIN ") else { return Ok((None, base64(&text)?)) };
    let (label, rest) = rest.split_once("-----").ok_or_else(ill)?;
    let (body, _) = rest.split_once("-----END ").ok_or_else(ill)?;
    if body.contains("DEK-Info") {
        return Err(DatabaseError {
            hint: Some("Convert it: openssl pkcs8 -topk8 -in key.pem -out key.p8".into()),
            ..invalid(format!("The private key {name} is encrypted in OpenSSL's old format, not as PKCS #8."))
        });
    }
    Ok((Some(label.to_owned()), base64(body)?))
}

fn invalid(message: impl Into<String>) -> DatabaseError {
    DatabaseError::new(ErrorKind::Configuration, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLAIN: &str = include_str!("../../../tests/snowflake/key.p8");
    const AES: &str = include_str!("../../../tests/snowflake/key_aes.p8");
    const DES3: &str = include_str!("../../../tests/snowflake/key_des3.p8");
    /// What openssl says of the same key: `openssl rsa -pubout -outform DER | openssl dgst -sha256 -binary | base64`.
    const FINGERPRINT: &str = include_str!("../../../tests/snowflake/key.fingerprint");

    fn refusal(text: &str, passphrase: Option<&str>) -> String {
        parse(text.as_bytes(), passphrase, "k").err().unwrap().message
    }

    #[test]
    fn keys_come_in_many_forms() {
        let body: String = PLAIN.lines().filter(|line| !line.starts_with('-')).collect();
        let forms = [
            (PLAIN.to_owned(), None),
            (PLAIN.replace('\n', "\\n"), None),
            (body, None),
            (AES.to_owned(), Some("open sesame")),
            (DES3.to_owned(), Some("open sesame")),
        ];
        for (text, passphrase) in forms {
            assert_eq!(parse(text.as_bytes(), passphrase, "k").unwrap().fingerprint(), FINGERPRINT.trim());
        }
    }

    #[test]
    fn keys_that_do_not_open_say_why() {
        assert_eq!(refusal(AES, None), "The private key k is encrypted, and there is no passphrase.");
        assert_eq!(refusal(AES, Some("nope")), "The passphrase does not open the private key k.");
        assert_eq!(refusal("what?", None), "The private key k is neither PEM nor base64.");
        assert!(refusal("aGVsbG8=", None).starts_with("The private key k is no RSA key"));
    }

    #[test]
    fn tokens_name_the_user_and_are_dated_back() {
        let key = parse(PLAIN.as_bytes(), None, "k").unwrap();
        let token = key.token("ab12345.eu-central-1", "ann", 1_000_000).unwrap();
        let claims = URL_SAFE_NO_PAD.decode(token.split('.').nth(1).unwrap()).unwrap();
        let claims: serde_json::Value = serde_json::from_slice(&claims).unwrap();
        assert_eq!(claims["sub"], "AB12345.ANN");
        assert_eq!(claims["iss"], format!("AB12345.ANN.SHA256:{}", FINGERPRINT.trim()));
        assert_eq!((claims["iat"].as_i64(), claims["exp"].as_i64()), (Some(999_970), Some(1_003_510)));
    }
}
