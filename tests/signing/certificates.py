"""Certificates for the gate's bad cases, each wrong in one way only."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID

from signing.keys import PrivateKey, SigningKey, as_asn1


class Authority:
    """A small authority with an EC key (quick to make)."""

    def __init__(self, now: datetime, name: str = "Gốc thử nghiệm") -> None:
        self.now = now
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        self.certificate = self._build(self.name, self.key.public_key(), -1000, 1000, authority=True)

    def signing_key(
        self,
        private: PrivateKey | None = None,
        *,
        first_day: int = -1,
        last_day: int = 100,
        usage: bool = True,
        certified: PrivateKey | None = None,
        root: x509.Certificate | None = None,
    ) -> SigningKey:
        """A key certified by this authority; days are relative to now, `certified` is the key in the certificate."""
        private = private or ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Người ký thử nghiệm")])
        public = (certified or private).public_key()
        self.issued = self._build(name, public, first_day, last_day, non_repudiation=usage)
        anchor = as_asn1(root or self.certificate)
        return SigningKey(as_asn1(self.issued), (anchor,), (anchor,), private)

    def revocation_list(self, path: Path, *revoked: x509.Certificate, days: int = 7) -> Path:
        """A CRL of this authority in DER; a negative number of days makes it stale."""
        start = self.now - timedelta(days=30 if days < 0 else 1)
        builder = x509.CertificateRevocationListBuilder().issuer_name(self.name)
        builder = builder.last_update(start).next_update(self.now + timedelta(days=days))
        for certificate in revoked:
            entry = x509.RevokedCertificateBuilder().serial_number(certificate.serial_number).revocation_date(start)
            builder = builder.add_revoked_certificate(entry.build())
        signed = builder.sign(self.key, hashes.SHA256())
        path.write_bytes(signed.public_bytes(serialization.Encoding.DER))
        return path

    def _build(
        self,
        subject: x509.Name,
        public: rsa.RSAPublicKey | ec.EllipticCurvePublicKey,
        first_day: int,
        last_day: int,
        *,
        authority: bool = False,
        non_repudiation: bool = False,
    ) -> x509.Certificate:
        usage = x509.KeyUsage(
            digital_signature=True,
            content_commitment=non_repudiation,
            key_encipherment=False,
            data_encipherment=False,
            key_agreement=False,
            key_cert_sign=authority,
            crl_sign=authority,
            encipher_only=False,
            decipher_only=False,
        )
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self.name)
            .public_key(public)
            .serial_number(x509.random_serial_number())
            .not_valid_before(self.now + timedelta(days=first_day))
            .not_valid_after(self.now + timedelta(days=last_day))
            .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
            .add_extension(usage, critical=True)
            .sign(self.key, hashes.SHA256())
        )
