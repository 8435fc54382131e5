"""Everything that a server or its address can be wrong with, each with the key of its translated message."""

from __future__ import annotations

from ..metering.errors import MeteringError


class ExportError(MeteringError):
    """The export cannot work like this; placeholder `reason`."""

    translation_key = "export_failed"


class ExportAddressError(ExportError):
    """What was entered is no address of a server, or has a password in it."""

    translation_key = "export_address"


class ExportHostError(ExportError):
    """The name of the server is not known."""

    translation_key = "export_host"


class ExportUnreachableError(ExportError):
    """Nothing answers there."""

    translation_key = "export_unreachable"


class ExportTimeoutError(ExportError):
    """The server did not answer in time."""

    translation_key = "export_timeout"


class ExportHungUpError(ExportError):
    """The server closes the connection without an answer."""

    translation_key = "export_hung_up"


class ExportCaFileError(ExportError):
    """The file with the authority's certificate cannot be used."""

    translation_key = "export_ca_file"


class ExportCertificateError(ExportError):
    """Nobody who is trusted has signed the server's certificate."""

    translation_key = "export_certificate"


class ExportCertificateNameError(ExportError):
    """The server's certificate is for another name."""

    translation_key = "export_certificate_name"


class ExportPlainError(ExportError):
    """The server speaks no TLS at this port."""

    translation_key = "export_plain"


class ExportTlsError(ExportError):
    """The server speaks only TLS at this port."""

    translation_key = "export_tls"


class ExportRedirectError(ExportError):
    """The server sends the request on; placeholder `target`."""

    translation_key = "export_redirect"


class ExportNotInfluxError(ExportError):
    """Something answers, but it takes no points."""

    translation_key = "export_not_influx"


class ExportKindError(ExportError):
    """It is another server than was chosen; placeholder `found`."""

    translation_key = "export_kind"


class ExportVersionError(ExportError):
    """The server is too old to take points this way; placeholder `version`."""

    translation_key = "export_version"


class ExportTokenError(ExportError):
    """The server does not know the token."""

    translation_key = "export_token"


class ExportReadOnlyError(ExportError):
    """The token may not write; placeholder `bucket`."""

    translation_key = "export_read_only"


class ExportBucketError(ExportError):
    """Buckets, or the organization, are not there; placeholder `buckets`."""

    translation_key = "export_bucket"


class ExportServerError(ExportError):
    """The server has trouble of its own; placeholder `status`."""

    translation_key = "export_server"
