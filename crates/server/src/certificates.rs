//! TLS identity: an operator's certificate, or a CA of our own made at the first start and a fresh leaf at each start.
use crate::config::TlsConfig;
use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa,
    Issuer, KeyPair, KeyUsagePurpose, SanType,
};
use rustls::{
    ServerConfig,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
};
use std::{
    fs,
    io::Write,
    net::IpAddr,
    path::{Path, PathBuf},
    sync::Arc,
};
use time::{Duration, OffsetDateTime};

type Failure = Box<dyn std::error::Error + Send + Sync>;

/// Clocks of clients may be behind by this much.
const BACKDATE: Duration = Duration::days(1);
const CA_LIFE: Duration = Duration::days(3_650);
/// Renewed at every start; the longest life that all platforms accept.
const LEAF_LIFE: Duration = Duration::days(397);

/// Where the own CA's certificate is, whether it was made already or not.
pub(crate) fn ca_file(data_dir: &Path) -> PathBuf {
    data_dir.join("tls").join("ca.pem")
}

/// The TLS configuration of the https listener.
pub(crate) fn server_config(
    tls: &TlsConfig,
    data_dir: &Path,
    public_host: &str,
) -> Result<Arc<ServerConfig>, Failure> {
    let (chain, key) = match (&tls.certificate_file, &tls.key_file) {
        (Some(chain), Some(key)) => {
            let chain = CertificateDer::pem_file_iter(chain)?.collect::<Result<Vec<_>, _>>()?;
            (chain, PrivateKeyDer::from_pem_file(key)?)
        }
        _ => own_leaf(data_dir, public_host)?,
    };
    let mut config = ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(chain, key)?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(Arc::new(config))
}

/// Makes the own CA unless it exists, and answers its certificate as PEM.
pub(crate) fn ensure_ca(data_dir: &Path) -> Result<String, Failure> {
    let file = ca_file(data_dir);
    let key_file = file.with_file_name("ca.key");
    if file.exists() && key_file.exists() {
        return Ok(fs::read_to_string(file)?);
    }
    fs::create_dir_all(data_dir.join("tls"))?;
    let key = KeyPair::generate()?;
    let mut params = CertificateParams::default();
    params.distinguished_name = DistinguishedName::new();
    params
        .distinguished_name
        .push(DnType::CommonName, "Parvis local authority");
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params.not_before = OffsetDateTime::now_utc() - BACKDATE;
    params.not_after = OffsetDateTime::now_utc() + CA_LIFE;
    let pem = params.self_signed(&key)?.pem();
    write_private(&key_file, key.serialize_pem().as_bytes())?;
    fs::write(&file, &pem)?;
    Ok(pem)
}

fn own_leaf(
    data_dir: &Path,
    public_host: &str,
) -> Result<(Vec<CertificateDer<'static>>, PrivateKeyDer<'static>), Failure> {
    let ca_pem = ensure_ca(data_dir)?;
    let ca_key = KeyPair::from_pem(&fs::read_to_string(
        ca_file(data_dir).with_file_name("ca.key"),
    )?)?;
    let issuer = Issuer::from_ca_cert_pem(&ca_pem, ca_key)?;
    let key = KeyPair::generate()?;
    let mut params = CertificateParams::default();
    params.distinguished_name = DistinguishedName::new();
    params
        .distinguished_name
        .push(DnType::CommonName, public_host);
    params.subject_alt_names = alternative_names(public_host)?;
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    params.use_authority_key_identifier_extension = true;
    params.not_before = OffsetDateTime::now_utc() - BACKDATE;
    params.not_after = OffsetDateTime::now_utc() + LEAF_LIFE;
    let leaf = params.signed_by(&key, &issuer)?;
    let key = PrivateKeyDer::try_from(key.serialize_der())?;
    Ok((
        vec![
            leaf.der().clone(),
            CertificateDer::from_pem_slice(ca_pem.as_bytes())?,
        ],
        key,
    ))
}

fn alternative_names(public_host: &str) -> Result<Vec<SanType>, Failure> {
    let mut names = vec![SanType::DnsName("localhost".try_into()?)];
    for address in ["127.0.0.1", "::1"] {
        names.push(SanType::IpAddress(address.parse()?));
    }
    let bare = public_host.trim_start_matches('[').trim_end_matches(']');
    let name = match bare.parse::<IpAddr>() {
        Ok(address) => SanType::IpAddress(address),
        Err(_) => SanType::DnsName(bare.try_into()?),
    };
    if !names.contains(&name) {
        names.push(name);
    }
    Ok(names)
}

/// Writes a file that only its owner can read.
pub(crate) fn write_private(file: &Path, content: &[u8]) -> std::io::Result<()> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600);
    }
    options.open(file)?.write_all(content)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ca_is_made_once_and_signs_leaves_for_all_names() {
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
        let folder = tempfile::tempdir().expect("folder");
        let first = ensure_ca(folder.path()).expect("made");
        assert_eq!(ensure_ca(folder.path()).expect("read"), first);
        for host in [
            "localhost",
            "meet.example.org",
            "192.0.2.7",
            "[2001:db8::1]",
        ] {
            server_config(&TlsConfig::default(), folder.path(), host).expect(host);
        }
    }

    #[cfg(unix)]
    #[test]
    fn private_keys_are_readable_by_their_owner_only() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().expect("folder");
        ensure_ca(folder.path()).expect("made");
        let mode = fs::metadata(folder.path().join("tls/ca.key"))
            .expect("key")
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o600);
    }
}
