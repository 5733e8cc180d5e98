"""Every error that crosses a room's door: a stable code, a Vietnamese sentence for the person, a hint for the operator.

One class per cause. `code` never changes once released; scripts and reviews key on it. The Vietnamese sentence says
what happened, what is safe and what to do; it may use the keyword arguments the error was raised with. Never put an ID
number or another personal value into an argument: errors are logged.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any, ClassVar


class ErrorKind(StrEnum):
    """What may be done about a failure; the worker decides by this alone."""

    INPUT = "input"  # the thing handed in is bad: no retry, quarantine with the reason
    TRANSIENT = "transient"  # the world was away for a moment: back off and try again, bounded
    OPERATOR = "operator"  # set-up is wrong: stop and say what to set
    REFUSED = "refused"  # a rule says no: tell the person, change nothing


class MotlanError(Exception):
    """Base of all. `details` are plain values for the message; see the class attributes of each error."""

    code: ClassVar[str] = "INTERNAL"
    kind: ClassVar[ErrorKind] = ErrorKind.OPERATOR
    vi: ClassVar[str] = "Có lỗi bên trong hệ thống. Bản gốc vẫn được giữ lại."
    hint: ClassVar[str] = "Unexpected failure; see the log of the worker at this time."

    def __init__(self, **details: Any) -> None:
        self.details = details
        super().__init__(f"{self.code}: {self.hint_text}")

    def __reduce__(self) -> tuple[Any, ...]:
        return _again, (type(self), self.details)  # details are keywords, which pickle would lose

    @property
    def vi_text(self) -> str:
        """The sentence for the person."""
        return fill(self.vi, self.details)

    @property
    def hint_text(self) -> str:
        """The hint for the operator."""
        return fill(self.hint, self.details)

    def as_reason(self) -> dict[str, Any]:
        """A JSON-ready reason: {code, message, hint, details}."""
        return {"code": self.code, "message": self.vi_text, "hint": self.hint_text, "details": dict(self.details)}


def _again(kind: type[MotlanError], details: dict[str, Any]) -> MotlanError:
    return kind(**details)


class _Blank(dict[str, Any]):
    def __missing__(self, key: str) -> str:
        return "…"


def fill(template: str, details: Mapping[str, Any]) -> str:
    """A sentence with its details; dots stand for one that is not known."""
    return template.format_map(_Blank(details))


def by_code(code: str) -> type[MotlanError]:
    """The class of a stable code; MotlanError itself for a code this version does not know."""

    def walk(cls: type[MotlanError]) -> list[type[MotlanError]]:
        return [cls, *(x for sub in cls.__subclasses__() for x in walk(sub))]

    return next((c for c in walk(MotlanError) if c.__dict__.get("code") == code), MotlanError)


# --- intake: what is dropped -----------------------------------------------------------------------------------------


class InputError(MotlanError):
    kind = ErrorKind.INPUT


class EmptyFile(InputError):
    code = "EMPTY_FILE"
    vi = "Tệp rỗng (0 byte), chưa có gì để lưu. → Quét hoặc chép lại tệp này."
    hint = "The file has zero bytes; the scanner or the copy stopped before writing."


class Truncated(InputError):
    code = "TRUNCATED"
    vi = "Tệp bị cắt ngang, không đọc được đến hết. Phần nhận được đã giữ lại. → Quét lại."
    hint = "End of file is missing or the structure breaks off ({detail}); re-scan or copy again."


class Encrypted(InputError):
    code = "ENCRYPTED"
    vi = "Tệp có mật khẩu nên không mở được. Bản gốc đã giữ lại. → Bỏ mật khẩu rồi nộp lại."
    hint = "The PDF or ZIP is encrypted with a user password; ask for a copy without it."


class WrongContent(InputError):
    code = "WRONG_CONTENT"
    vi = "Nội dung tệp không đúng với đuôi tên tệp. Bản gốc đã giữ lại. → Kiểm tra lại tệp."
    hint = "Name says {named}, content is {found}."


class UnsupportedKind(InputError):
    code = "UNSUPPORTED_KIND"
    vi = "Loại tệp này chưa nhận được. Nhận PDF, TIFF, JPEG, PNG, HEIC và ZIP của các loại đó."
    hint = "Not one of PDF, TIFF, JPEG, PNG, HEIC, ZIP ({found})."


class TooManyPages(InputError):
    code = "TOO_MANY_PAGES"
    vi = "Tệp có {pages} trang, quá mức {limit} trang cho một tệp. → Chia nhỏ rồi nộp lại."
    hint = "Page count {pages} exceeds max_pages={limit}; split the file or raise the setting."


class PageTooLarge(InputError):
    code = "PAGE_TOO_LARGE"
    vi = "Trang {page} quá lớn để xử lý an toàn. Bản gốc đã giữ lại. → Quét lại ở khổ thường, 200–300 dpi."
    hint = "Page {page} would decode to {megapixels} megapixels; limit is {limit}."


class FileTooLarge(InputError):
    code = "FILE_TOO_LARGE"
    vi = "Tệp quá lớn. → Chia nhỏ rồi nộp lại."
    hint = "{size} bytes exceed max_file_bytes={limit}."


class ZipPathTraversal(InputError):
    code = "ZIP_PATH_TRAVERSAL"
    vi = "Tệp ZIP có đường dẫn nguy hiểm nên không được mở. → Nén lại các tệp và nộp lại."
    hint = "A member's name leaves the archive's folder; nothing was extracted."


class ZipBomb(InputError):
    code = "ZIP_BOMB"
    vi = "Tệp ZIP bung ra lớn bất thường nên không được mở. → Nén lại các tệp và nộp lại."
    hint = "Members, ratio or total size over the limits ({detail}); nothing was extracted."


class EmptyPage(InputError):
    code = "EMPTY_PAGE"
    vi = "Trang {page} không có nội dung (0 byte). Bản gốc đã giữ lại. → Quét lại trang này."
    hint = "Page {page} has an empty content stream or an empty picture."


class NoPages(InputError):
    code = "NO_PAGES"
    vi = "Tệp không có trang nào. → Quét lại."
    hint = "The document opens but has zero pages."


class UnreadableScan(InputError):
    code = "UNREADABLE_SCAN"
    vi = "Không đọc được chữ trên trang {page} (quá mờ hoặc không phải giấy tờ). → Quét lại rõ hơn."
    hint = "Page {page}: too few confident words (mean confidence {confidence})."


class ForeignScript(InputError):
    code = "FOREIGN_SCRIPT"
    vi = "Trang {page} viết bằng chữ khác tiếng Việt nên không tự đọc được. → Chuyển người xem."
    hint = "Page {page}: script {script} detected; no Vietnamese reading was attempted."


class MirroredPage(InputError):
    code = "MIRRORED_PAGE"
    vi = "Trang {page} bị lật như nhìn qua gương (quét từ mặt sau). Đã đọc được; cần người xem. → Nên quét lại."
    hint = "Page {page} reads only when left and right are exchanged; it was scanned or copied through its back."


class NotArchivable(InputError):
    code = "NOT_ARCHIVABLE"
    vi = "Không lập được bản lưu trữ PDF/A từ tệp này. Bản gốc đã giữ lại. → Quét lại hoặc báo người quản trị."
    hint = "Neither keeping, converting nor drawing the pages gave a valid PDF/A-2b ({detail})."


class StillWriting(MotlanError):
    code = "STILL_WRITING"
    kind = ErrorKind.TRANSIENT
    vi = "Tệp đang được ghi, sẽ tự nhận khi ghi xong."
    hint = "Size or modification time still changes; it is claimed when stable."


class FileGone(InputError):
    code = "FILE_GONE"
    vi = "Không tìm thấy tệp. → Kiểm tra lại đường dẫn."
    hint = "The path does not exist or cannot be read."


class NameTooLong(InputError):
    code = "NAME_TOO_LONG"
    vi = "Tên tệp quá dài; tên được rút gọn khi hiển thị, nội dung vẫn nguyên."
    hint = "Over 255 characters; the shown name is shortened, the bytes are untouched."


class NameNormalised(MotlanError):
    code = "NAME_NORMALISED"
    kind = ErrorKind.INPUT
    vi = "Tên tệp viết bằng dấu tách rời; đã chuẩn hóa khi hiển thị."
    hint = "The name was NFD (macOS); shown and indexed as NFC."


class Duplicate(MotlanError):
    code = "DUPLICATE"
    kind = ErrorKind.INPUT
    vi = "Tệp này trùng với tệp đã nhận trước đây; đã nối với bản đó, không lưu thêm."
    hint = "Same SHA-256 as file {first}; linked, not stored again."


class SignedFileNotSplit(MotlanError):
    code = "SIGNED_FILE_NOT_SPLIT"
    kind = ErrorKind.REFUSED
    vi = "Tệp đã ký số có nhiều giấy tờ bên trong; được giữ nguyên là một giấy tờ, không tách."
    hint = "A signed file stays one paper, because its signature covers the whole; annexes and drafts stay in it."


class SeparatorUntrusted(MotlanError):
    code = "SEPARATOR_UNTRUSTED"
    kind = ErrorKind.REFUSED
    vi = "Có phiếu ngăn cách sai mã kiểm tra hoặc khác phiên bản nên không dùng. → In lại phiếu rồi quét lại."
    hint = "A code says it is a separator sheet but its text cannot be trusted ({detail}); kept as an ordinary page."


class SeparatorUnread(MotlanError):
    code = "SEPARATOR_UNREAD"
    kind = ErrorKind.REFUSED
    vi = "Có trang giống phiếu ngăn cách nhưng không đọc được mã QR; trang vẫn được giữ. → Kiểm tra việc tách giấy tờ."
    hint = "Page {page} bears a separator's title and no readable code; the page was kept as a page."


class OnlySeparators(MotlanError):
    code = "ONLY_SEPARATORS"
    kind = ErrorKind.REFUSED
    vi = "Tệp chỉ có phiếu ngăn cách, không có giấy tờ nào. Bản gốc vẫn được giữ. → Kiểm tra lại lô quét."
    hint = "Every page is a separator sheet or its back; nothing was stored, the original is kept."


class RegisterUnreadable(InputError):
    code = "REGISTER_UNREADABLE"
    vi = "Không đọc được danh mục CSV kèm theo; các tệp khác vẫn được xử lý. → Lưu lại dạng CSV UTF-8, có cột “tệp”."
    hint = "The register cannot be used ({detail}); it needs UTF-8 text, headings and a column for the file."


class RegisterRowBad(MotlanError):
    code = "REGISTER_ROW_BAD"
    kind = ErrorKind.REFUSED
    vi = "Dòng {row} của danh mục không dùng được. → Sửa dòng này; các dòng khác vẫn được dùng."
    hint = "Row {row} of the register was left out: {detail}."


class RegisterRowUnused(MotlanError):
    code = "REGISTER_ROW_UNUSED"
    kind = ErrorKind.REFUSED
    vi = "Danh mục có dòng nói về tệp này nhưng không rõ của giấy tờ nào. → Ghi thêm cột “trang” cho từng giấy tờ."
    hint = "A register's row names this file but no single paper in it; give the paper's first page in its row."


class SecrecyStamp(InputError):
    code = "SECRECY_STAMP"
    vi = "Trang {page} có dấu chỉ độ mật. Tệp được tách riêng, không lưu nội dung. → Báo người phụ trách bảo mật."
    hint = "Secrecy stamp found; the file was moved to quarantine and no text was kept."


class CrashedThreeTimes(InputError):
    code = "CRASHED_THREE_TIMES"
    vi = "Tệp này làm dừng chương trình ba lần nên được tách riêng. Bản gốc đã giữ lại."
    hint = "Step {step} lost its worker {attempts} times; look at the worker's log."


# --- the machine -----------------------------------------------------------------------------------------------------


class DiskFull(MotlanError):
    code = "DISK_FULL"
    kind = ErrorKind.TRANSIENT
    vi = "Ổ đĩa sắp đầy nên chưa nhận tệp. Chưa có gì bị mất. → Báo người quản trị, rồi nộp lại."
    hint = "Free space {free} bytes is below what is needed ({needed}); nothing was accepted."


class StorageAway(MotlanError):
    code = "STORAGE_AWAY"
    kind = ErrorKind.TRANSIENT
    vi = "Kho lưu trữ tạm thời không phản hồi. Việc sẽ tự tiếp tục."
    hint = "The object store did not answer: {detail}."


class StorageFull(DiskFull):
    code = "STORAGE_FULL"
    vi = "Kho lưu trữ đã đầy nên chưa nhận thêm được. Chưa có gì bị mất. → Báo người quản trị kho."
    hint = "The object store has no room left ({detail}); give it more, work goes on by itself then."


class StorageLoginWrong(StorageAway):
    code = "STORAGE_LOGIN_WRONG"
    vi = "Kho lưu trữ không nhận tài khoản của chương trình. → Báo người quản trị kiểm tra khóa truy cập."
    hint = (
        "The object store refused the account ({detail}): look at MOTLAN_STORE_ACCESS_KEY, MOTLAN_STORE_SECRET_KEY, "
        "MOTLAN_STORE_REGION and this machine's clock."
    )


class StorageDenied(StorageAway):
    code = "STORAGE_DENIED"
    vi = "Kho lưu trữ không cho tài khoản này {action}. → Báo người quản trị cấp quyền."
    hint = "The object store's account may not do this ({detail}); it needs read, write, list and delete on the bucket."


class StorageCertificateBad(StorageAway):
    code = "STORAGE_CERTIFICATE_BAD"
    vi = "Không tin được chứng thư của kho lưu trữ nên không gửi gì. → Báo người quản trị."
    hint = "The object store's certificate was refused ({detail}); renew it, or name its authority in MOTLAN_STORE_CA."


class BucketMissing(StorageAway):
    code = "BUCKET_MISSING"
    vi = "Kho lưu trữ không có ngăn “{bucket}”. → Chạy: motlan init, hoặc báo người quản trị tạo ngăn."
    hint = "The object store has no bucket {bucket} (MOTLAN_STORE_BUCKET); `motlan init` makes it where it may."


class StorageUnsafe(MotlanError):
    code = "STORAGE_UNSAFE"
    vi = "Kho lưu trữ không giữ đúng lời hứa ({detail}) nên không được dùng. → Chọn kho khác."
    hint = "The object store does not keep its promises ({detail}); records could be overwritten. Use another store."


class MachineFault(MotlanError):
    code = "MACHINE_FAULT"
    vi = "Máy đang gặp trục trặc nên việc phải chờ; sẽ tự thử lại. → Báo người quản trị."
    hint = "The operating system refused ({detail}); the step waits and is tried again."


class OcrMissing(MotlanError):
    code = "OCR_MISSING"
    vi = "Chưa cài chương trình nhận dạng chữ (Tesseract). → Báo người quản trị."
    hint = "The tesseract program was not found; install tesseract-ocr and tesseract-ocr-vie."


class OcrLanguageMissing(MotlanError):
    code = "OCR_LANGUAGE_MISSING"
    vi = "Thiếu gói nhận dạng chữ “{language}”. → Báo người quản trị."
    hint = "Tesseract has no model for {language}; install tesseract-ocr-{language}."


class ReaderWeightsBroken(MotlanError):
    code = "READER_WEIGHTS_BROKEN"
    vi = "Thiếu hoặc hỏng dữ liệu của bộ đọc chữ; máy đang đọc bằng Tesseract. → Báo người quản trị."
    hint = "The recogniser's weights {path} can't be loaded; tesseract reads alone. Install the package anew."


class OcrFailed(MotlanError):
    code = "OCR_FAILED"
    kind = ErrorKind.TRANSIENT
    vi = "Chương trình nhận dạng chữ dừng giữa chừng. Việc sẽ tự thử lại."
    hint = "Tesseract ended with status {status}; a negative one is the signal that killed it (out of memory?)."


class PageTooSlow(InputError):
    code = "PAGE_TOO_SLOW"
    vi = "Trang này đọc quá lâu nên đã dừng lại. Bản gốc vẫn được giữ. → Chuyển người xem."
    hint = "Reading one page took over {seconds} s on one core; look at the page, or at the load of the machine."


class NotInitialised(MotlanError):
    code = "NOT_INITIALISED"
    vi = "Thư mục dữ liệu chưa được khởi tạo. → Chạy: motlan --data THƯ-MỤC init"
    hint = "Run `motlan --data DIR init` first."


class BadSetting(MotlanError):
    code = "BAD_SETTING"
    vi = "Cài đặt {name} chưa đúng: {detail}"
    hint = "Setting {name}: {detail}."


class IndexKeyMissing(MotlanError):
    code = "INDEX_KEY_MISSING"
    vi = "Thiếu khóa của chỉ mục số định danh nên không khởi động."
    hint = "The blind-index key is missing; restore the keys folder. There is no plain-text fallback."


class IndexAway(MotlanError):
    code = "INDEX_AWAY"
    kind = ErrorKind.TRANSIENT
    vi = "Chỉ mục tìm kiếm đang bận. Việc sẽ tự tiếp tục; giấy tờ đã lưu không bị ảnh hưởng."
    hint = "The search index did not answer in time ({detail}); the archive is not affected."


class IndexUnusable(MotlanError):
    code = "INDEX_UNUSABLE"
    vi = "Chỉ mục tìm kiếm không dùng được; giấy tờ đã lưu vẫn nguyên. → Chạy: motlan rebuild"
    hint = "The search index cannot be used ({detail}); it is disposable: run `motlan rebuild`."


class BrokerAway(MotlanError):
    code = "BROKER_AWAY"
    kind = ErrorKind.TRANSIENT
    vi = "Hàng đợi công việc tạm thời không nhận việc. Chưa có gì bị mất; việc sẽ tự được gửi lại."
    hint = "The broker did not take the hint ({detail}); the outbox keeps it and the reconciler sends it again."


class LedgerAway(MotlanError):
    code = "LEDGER_AWAY"
    kind = ErrorKind.TRANSIENT
    vi = "Sổ cái tạm thời không trả lời. Chưa có gì bị mất; việc sẽ tự tiếp tục khi sổ cái trở lại."
    hint = "The ledger's database did not answer ({detail}); see MOTLAN_DATABASE_URL, or the server's log."


class LedgerNotUpgraded(MotlanError):
    code = "LEDGER_NOT_UPGRADED"
    vi = "Sổ cái chưa có hoặc chưa đúng phiên bản của chương trình. → Chạy: motlan init"
    hint = "The ledger's tables are missing or of another version; run `motlan init` with this version of the program."


class ServerLoginRefused(MotlanError):
    code = "SERVER_LOGIN_REFUSED"
    vi = "Máy chủ {part} không nhận tên đăng nhập, mật khẩu hoặc tên kho dữ liệu. → Kiểm tra {setting}"
    hint = "{part} refused the login ({detail}); check user, password, database or vhost, and rights in {setting}."


class ServerUntrusted(MotlanError):
    code = "SERVER_UNTRUSTED"
    vi = "Chứng thư của máy chủ {part} không tin được hoặc đã hết hạn. → Báo người quản trị."
    hint = "{part}: {detail}; renew the server's certificate, or name who signed it in {setting}."


class ServerTooOld(MotlanError):
    code = "SERVER_TOO_OLD"
    vi = "Máy chủ {part} là bản {found}, cần bản {needed} trở lên. → Nâng cấp máy chủ."
    hint = "{part} is version {found}; {needed} or newer is needed ({setting})."


class ServerReadOnly(MotlanError):
    code = "SERVER_READ_ONLY"
    vi = "Máy chủ {part} chỉ cho đọc nên chưa ghi được. Việc sẽ tự tiếp tục. → Kiểm tra {setting}"
    hint = "{part} is read-only ({detail}): a replica, or a full or locked disk; {setting} must name the primary."


class ServerFull(MotlanError):
    code = "SERVER_FULL"
    vi = "Máy chủ {part} hết chỗ. Chưa có gì bị mất; việc sẽ tự tiếp tục khi có chỗ. → Báo người quản trị."
    hint = "{part} is out of space or memory ({detail}); make room ({setting})."


class AlreadyRunning(MotlanError):
    code = "ALREADY_RUNNING"
    kind = ErrorKind.REFUSED
    vi = "Thư mục dữ liệu này đang được một chương trình khác chạy. → Dùng chương trình đang chạy, hoặc dừng nó trước."
    hint = "Another supervisor (pid {pid}) holds the lock of this data folder."


# --- storage ---------------------------------------------------------------------------------------------------------


class BlobMissing(MotlanError):
    code = "BLOB_MISSING"
    vi = "Không tìm thấy tệp trong kho."
    hint = "Blob {digest} is not in the store."


class BlobDamaged(MotlanError):
    code = "BLOB_DAMAGED"
    vi = "Tệp trong kho đã bị thay đổi so với lúc lưu."
    hint = "Blob {digest} does not match its name any more; run `motlan fixity`, then `motlan repair` from a copy."


class RevisionConflict(MotlanError):
    code = "REVISION_CONFLICT"
    kind = ErrorKind.TRANSIENT
    vi = "Hồ sơ vừa được cập nhật ở nơi khác; việc sẽ làm lại trên bản mới."
    hint = "Revision {revision} of the record exists already with other content."


class RecordMissing(MotlanError):
    code = "RECORD_MISSING"
    kind = ErrorKind.REFUSED
    vi = "Không có giấy tờ này, hoặc không được phép xem."
    hint = "No record under this URI, or no right to see it."


class RecordDamaged(MotlanError):
    code = "RECORD_DAMAGED"
    vi = "Bản kê của hồ sơ trong kho bị hỏng. Không ghi đè lên. → Báo người quản trị."
    hint = "Stored revision {revision} of the record is not whole; `motlan fixity`, then `motlan repair` from a copy."


class ChainBroken(MotlanError):
    code = "CHAIN_BROKEN"
    vi = "Lần sửa này không nối tiếp bản đang lưu nên không ghi vào kho."
    hint = "Revision {revision} does not follow what is stored: {detail}."


class RepresentationMissing(MotlanError):
    code = "REPRESENTATION_MISSING"
    kind = ErrorKind.REFUSED
    vi = "Giấy tờ này không có bản ở dạng được yêu cầu."
    hint = "The manifest has no representation with role {role}."


class OutputExists(MotlanError):
    code = "OUTPUT_EXISTS"
    kind = ErrorKind.REFUSED
    vi = "Nơi xuất đã có tệp cùng tên; không ghi đè. → Chọn tên khác."
    hint = "The output exists already; nothing is ever overwritten."


class RemovalRefused(MotlanError):
    code = "REMOVAL_REFUSED"
    kind = ErrorKind.REFUSED
    vi = "Kho lưu trữ không cho xóa."
    hint = "This store is create-only for ever; only the received and work areas let blobs go."


# --- signing (the gate and the judgement) ----------------------------------------------------------------------------


class SigningRefused(MotlanError):
    kind = ErrorKind.OPERATOR
    code = "SIGNING_REFUSED"
    vi = "Chưa ký được: khóa hoặc chứng thư không đạt yêu cầu."
    hint = "The gate before signing refused: {detail}."


class TimestampAway(MotlanError):
    code = "TIMESTAMP_AWAY"
    kind = ErrorKind.TRANSIENT
    vi = "Dịch vụ cấp dấu thời gian tạm thời không phản hồi. Việc ký sẽ tự làm lại."
    hint = "No timestamp authority gave a usable answer: {detail}."


class NotAPdf(InputError):
    code = "NOT_A_PDF"
    vi = "Tệp này không phải PDF nên không kiểm tra được chữ ký."
    hint = "No readable PDF structure: {detail}."


# --- ledger ----------------------------------------------------------------------------------------------------------


class NoSuchRow(MotlanError):
    code = "NO_SUCH_ROW"
    kind = ErrorKind.REFUSED
    vi = "Không tìm thấy mục này trong sổ."
    hint = "The ledger has no {what} {id}."


class LeaseLost(MotlanError):
    code = "LEASE_LOST"
    kind = ErrorKind.REFUSED
    vi = "Việc này đã được giao lại cho nơi khác; kết quả không được ghi hai lần."
    hint = "Step {step} is not owned by this worker any more (cancelled, freed or claimed again); drop the result."


class NumberInAudit(MotlanError):
    code = "NUMBER_IN_AUDIT"
    kind = ErrorKind.REFUSED
    vi = "Nhật ký không được chứa số định danh. → Dùng mã hồ sơ thay cho số định danh."
    hint = "An audit entry held a run of 9 or 12 digits at {where}; write a token or a case code instead."


# --- identifiers -----------------------------------------------------------------------------------------------------


class BadIdentifier(MotlanError):
    code = "BAD_IDENTIFIER"
    kind = ErrorKind.REFUSED
    vi = "Số không đúng dạng: {detail}"
    hint = "Not a well-formed identifier: {detail}."


# --- reuse -----------------------------------------------------------------------------------------------------------


class NotAllowed(MotlanError):
    code = "NOT_ALLOWED"
    kind = ErrorKind.REFUSED
    vi = "Không có giấy tờ này, hoặc không được phép xem."
    hint = "No record, no right or no valid consent; the answer is the same on purpose."


class ConsentNotValid(MotlanError):
    code = "CONSENT_NOT_VALID"
    kind = ErrorKind.REFUSED
    vi = "Sự đồng ý đã hết hạn, đã thu hồi hoặc không dành cho mục đích này."
    hint = "Consent {consent} is {state}."


class QuotaExceeded(MotlanError):
    code = "QUOTA_EXCEEDED"
    kind = ErrorKind.REFUSED
    vi = "Đã tra cứu quá {limit} lần trong một ngày. → Thử lại sau, hoặc báo người phụ trách."
    hint = "More than {limit} lookups by this person within 24 hours (setting reuse_checks_per_day)."


class PurposeMissing(MotlanError):
    code = "PURPOSE_MISSING"
    kind = ErrorKind.REFUSED
    vi = "Cần mã hồ sơ và mục đích để tra cứu."
    hint = "Give --case and --purpose; both are written to the audit chain."


# --- backup and moving ------------------------------------------------------------------------------------------------


class BackupMissing(MotlanError):
    code = "BACKUP_MISSING"
    vi = "Thư mục này không có bản sao lưu nào hoàn chỉnh. → Chọn thư mục khác."
    hint = "No whole backup in this folder; cut off half-way: {unfinished}."


class BackupDamaged(MotlanError):
    code = "BACKUP_DAMAGED"
    vi = "Bản sao lưu bị hỏng ở tệp “{file}” nên không được khôi phục. → Dùng bản sao lưu khác."
    hint = "{file} of the backup is missing or is not what was written; use another backup or another copy of it."


class BackupTooNew(MotlanError):
    code = "BACKUP_TOO_NEW"
    vi = "Bản sao lưu do bản chương trình mới hơn tạo ra. → Cài bản mới rồi khôi phục."
    hint = "The backup holds {found}, which this program does not know; restore it with the version that made it."


class RestoreUnfinished(MotlanError):
    code = "RESTORE_UNFINISHED"
    vi = "Thư mục dữ liệu này đang khôi phục dở dang nên chưa dùng được. → Chạy lại lệnh motlan restore như trước."
    hint = "A restore into this folder was cut off; run the same `motlan restore` again, it goes on where it was."


class KeysDiffer(MotlanError):
    code = "KEYS_DIFFER"
    vi = "Khóa không phải là khóa của kho này: số định danh sẽ không tìm lại được. → Dùng đúng bản sao lưu của khóa."
    hint = "The blind-index key has fingerprint {found}, the archive was made with {expected}."


class TargetNotEmpty(MotlanError):
    code = "TARGET_NOT_EMPTY"
    kind = ErrorKind.REFUSED
    vi = "Nơi nhận ({part}) đã có dữ liệu khác nên không ghi vào. → Chọn nơi trống."
    hint = "The target's {part} is not empty and is no earlier try of this command ({detail}); nothing was written."


class CopyDiffers(MotlanError):
    code = "COPY_DIFFERS"
    vi = "Bản chép không khớp với bản gốc ({part}) nên chưa chuyển. Nơi cũ vẫn dùng như trước."
    hint = "Source and target differ in {part}: {detail}; the target is not used."


class LedgerMoved(MotlanError):
    code = "LEDGER_MOVED"
    vi = "Kho đã được chuyển sang nơi khác; nơi này chỉ còn đọc. → Khởi động lại chương trình với cài đặt mới."
    hint = "`motlan migrate --switch` closed this ledger; restart with the new settings, which name the other one."


# --- reconciliation of a batch: expected = scanned = split = read = stored -------------------------------------------


class BatchFilesDiffer(MotlanError):
    code = "BATCH_FILES_DIFFER"
    kind = ErrorKind.REFUSED
    vi = "Lô phải có {expected} tệp nhưng đã nhận {found} tệp. → Tìm tệp thiếu hoặc tệp thừa."
    hint = "{source}: {expected} files expected, {found} received."


class BatchPapersDiffer(MotlanError):
    code = "BATCH_PAPERS_DIFFER"
    kind = ErrorKind.REFUSED
    vi = "Lô phải có {expected} giấy tờ nhưng tách được {found}. → Kiểm tra giấy tờ thiếu, thừa hoặc tách sai."
    hint = "{source}: {expected} papers expected, {found} found; a paper is missing, too many, or split wrongly."


class BatchPagesDiffer(MotlanError):
    code = "BATCH_PAGES_DIFFER"
    kind = ErrorKind.REFUSED
    vi = "Lô phải có {expected} trang nhưng quét được {found} trang. → Quét lại trang thiếu hoặc bỏ trang thừa."
    hint = "{source}: {expected} pages expected, {found} scanned (separator sheets not counted)."


class SheetPagesDiffer(MotlanError):
    code = "SHEET_PAGES_DIFFER"
    kind = ErrorKind.REFUSED
    vi = "Sau phiếu {sheet} phải có {expected} trang nhưng có {found} trang. → Quét lại phần này."
    hint = "Behind sheet {sheet} on page {page}: {expected} pages expected, {found} scanned."


class SheetsContradict(MotlanError):
    code = "SHEETS_CONTRADICT"
    kind = ErrorKind.REFUSED
    vi = "Các phiếu đầu lô {sheet} ghi số liệu khác nhau. → Kiểm tra và in lại phiếu."
    hint = "Header sheets of batch {sheet} announce different numbers."


class RegisterPagesDiffer(MotlanError):
    code = "REGISTER_PAGES_DIFFER"
    kind = ErrorKind.REFUSED
    vi = "Danh mục (dòng {row}) ghi {expected} trang nhưng giấy tờ có {found} trang. → Kiểm tra trang thiếu hoặc thừa."
    hint = "Row {row} of the register: {expected} pages expected, {found} scanned."


class RegisterRowWithoutFile(MotlanError):
    code = "REGISTER_ROW_WITHOUT_FILE"
    kind = ErrorKind.REFUSED
    vi = "Danh mục có dòng {row} nhưng không có tệp tương ứng trong lô. → Tìm tệp còn thiếu."
    hint = "Row {row} of the register names a file that this batch does not have, or several that it cannot tell apart."


class FileWithoutRegisterRow(MotlanError):
    code = "FILE_WITHOUT_REGISTER_ROW"
    kind = ErrorKind.REFUSED
    vi = "Tệp không có trong danh mục kèm theo. → Kiểm tra tệp thừa, hoặc bổ sung danh mục."
    hint = "The batch came with a register and no row names this file."


class PagesNotRead(MotlanError):
    code = "PAGES_NOT_READ"
    kind = ErrorKind.REFUSED
    vi = "Còn {pages} trang chưa đọc. Bản gốc vẫn được giữ."
    hint = "{pages} pages of this file have no reading."


class PagesOutsidePapers(MotlanError):
    code = "PAGES_OUTSIDE_PAPERS"
    kind = ErrorKind.REFUSED
    vi = "Có {pages} trang không thuộc giấy tờ nào. Bản gốc vẫn được giữ. → Báo người quản trị."
    hint = "{pages} pages were read and are neither in a paper nor a separator sheet."


class PaperNotStored(MotlanError):
    code = "PAPER_NOT_STORED"
    kind = ErrorKind.REFUSED
    vi = "Giấy tờ thứ {paper} của tệp chưa được lưu. Bản gốc vẫn được giữ."
    hint = "Paper {paper} of this file has no manifest in the archive."


class StoredPagesDiffer(MotlanError):
    code = "STORED_PAGES_DIFFER"
    kind = ErrorKind.REFUSED
    vi = "Giấy tờ thứ {paper} có {found} trang trong kho nhưng tách được {expected} trang. → Báo người quản trị."
    hint = "The manifest of paper {paper} names {found} pages, the ledger {expected}."


class ReviewDecided(MotlanError):
    code = "REVIEW_DECIDED"
    kind = ErrorKind.REFUSED
    vi = "Đã có người quyết định chỗ này rồi. Bạn không phải làm gì thêm. → Xem chỗ tiếp theo."
    hint = "The review is closed, or a changed number waits for a second person."


class OwnCorrection(MotlanError):
    code = "OWN_CORRECTION"
    kind = ErrorKind.REFUSED
    vi = "Số này do chính bạn sửa nên người khác phải xác nhận. Phần sửa của bạn vẫn được giữ."
    hint = "Whoever changed an ID number cannot confirm the change."


class ArrangementNotPossible(MotlanError):
    code = "ARRANGEMENT_NOT_POSSIBLE"
    kind = ErrorKind.REFUSED
    vi = "Chưa sắp xếp lại được: {reason}. Giấy tờ đã lưu vẫn như cũ."
    hint = "The papers of this file cannot be laid out this way: {reason}"


class FilesNotJoinable(MotlanError):
    code = "FILES_NOT_JOINABLE"
    kind = ErrorKind.REFUSED
    vi = "Chưa gộp được: {reason}. Các tệp và giấy tờ đã lưu vẫn như cũ."
    hint = "These files cannot be joined into one paper, or taken apart again: {reason}"


# --- the portal ----------------------------------------------------------------------------------------------


class PortalKeyMissing(MotlanError):
    code = "PORTAL_KEY_MISSING"
    vi = "Cổng chưa mở được khóa riêng của mình. → Báo người quản trị."
    hint = "portal.key in the keys folder is missing, unreadable or not the one that sealed this; restore the keys."


class LoginNeeded(MotlanError):
    code = "LOGIN_NEEDED"
    kind = ErrorKind.REFUSED
    vi = "Bạn cần đăng nhập. Những gì đã lưu vẫn còn. → Đăng nhập rồi làm tiếp."
    hint = "No session, or it has ended; send a session cookie or a bearer token."


class KeptFormLost(MotlanError):
    code = "KEPT_FORM_LOST"
    kind = ErrorKind.REFUSED
    vi = "Bạn đã đăng nhập, nhưng phần gõ dở trước đó không đọc lại được. Chưa gửi gì. → Mở lại trang rồi gõ lại."
    hint = "The sealed form that came with the login is older than two hours, was changed, or another key sealed it."


class LoginRefused(MotlanError):
    code = "LOGIN_REFUSED"
    kind = ErrorKind.REFUSED
    vi = "Tên đăng nhập hoặc mật khẩu không đúng. → Kiểm tra rồi thử lại."
    hint = "Unknown login, wrong secret or closed account; the answer is the same on purpose."


class LoginLocked(MotlanError):
    code = "LOGIN_LOCKED"
    kind = ErrorKind.REFUSED
    vi = "Sai quá nhiều lần nên tạm khóa {minutes} phút. → Chờ rồi thử lại, hoặc báo người quản trị."
    hint = "Too many wrong passwords; the account opens again after {minutes} minutes."


class SecondFactorWrong(MotlanError):
    code = "SECOND_FACTOR_WRONG"
    kind = ErrorKind.REFUSED
    vi = "Mã xác nhận không đúng hoặc đã dùng rồi. → Chờ mã mới trên điện thoại rồi thử lại."
    hint = "The code fits no time step around now, or was used before; check the clocks of phone and server."


class LastAdmin(MotlanError):
    code = "LAST_ADMIN"
    kind = ErrorKind.REFUSED
    vi = "Bạn là quản trị viên cuối cùng của đơn vị nên chưa bỏ được quyền này. → Thêm người quản trị khác trước."
    hint = "An administrator cannot take away the own role, or close the own account, as the last one of the unit."


class LinkExpired(MotlanError):
    code = "LINK_EXPIRED"
    kind = ErrorKind.REFUSED
    vi = "Đường dẫn này đã dùng rồi hoặc đã hết hạn. → Xin đường dẫn mới."
    hint = "A one-time link or a share that was used up, revoked or is past its day."


class RoleMissing(MotlanError):
    code = "ROLE_MISSING"
    kind = ErrorKind.REFUSED
    vi = "Tài khoản của bạn không có quyền mở trang này."
    hint = "The route is not open to any role of this account."


class RequestForged(MotlanError):
    code = "REQUEST_FORGED"
    kind = ErrorKind.REFUSED
    vi = "Trang đã để quá lâu nên không gửi được. Chưa có gì thay đổi. → Tải lại trang rồi làm lại."
    hint = "The CSRF token or the Origin header does not belong to this session."


class TooManyRequests(MotlanError):
    code = "TOO_MANY_REQUESTS"
    kind = ErrorKind.REFUSED
    vi = "Bạn thao tác nhanh quá. → Chờ {seconds} giây rồi thử lại."
    hint = "Rate limit; try again after {seconds} s."


class PageMissing(MotlanError):
    code = "PAGE_MISSING"
    kind = ErrorKind.REFUSED
    vi = "Không có trang này. → Kiểm tra lại địa chỉ, hoặc về trang đầu."
    hint = "No route under this path, or not with this method."


class FormInvalid(MotlanError):
    code = "FORM_INVALID"
    kind = ErrorKind.REFUSED
    vi = "Có ô chưa đúng: {field}. {reason}"
    hint = "Field {field}: {reason}"


class CodeMistyped(MotlanError):
    code = "CODE_MISTYPED"
    kind = ErrorKind.REFUSED
    vi = "Mã kiểm tra gõ chưa đúng: cần 32 ký tự, tám nhóm bốn. → So lại từng nhóm với bản in."
    hint = "Not a verification code, or its check symbol does not fit; a symbol is wrong, missing or misplaced."


# --- other systems -------------------------------------------------------------------------------------------


class ClientRefused(MotlanError):
    code = "CLIENT_REFUSED"
    kind = ErrorKind.REFUSED
    vi = "Hệ thống này chưa được nhận ra. → Kiểm tra mã và khóa bí mật, hoặc hỏi người quản trị."
    hint = "Unknown client_id, wrong client_secret or closed client; the answer is the same on purpose."


class ScopeMissing(MotlanError):
    code = "SCOPE_MISSING"
    kind = ErrorKind.REFUSED
    vi = "Hệ thống này không được đăng ký làm việc đó. → Hỏi người quản trị."
    hint = "The client lacks the scope {scope}; see `motlan client list`."


class IdempotencyConflict(MotlanError):
    code = "IDEMPOTENCY_CONFLICT"
    kind = ErrorKind.REFUSED
    vi = "Khóa lặp này đã dùng cho một yêu cầu khác. Chưa có gì thay đổi. → Dùng khóa mới."
    hint = "The same Idempotency-Key came before with another path or body."


class IdempotencyInFlight(MotlanError):
    code = "IDEMPOTENCY_IN_FLIGHT"
    kind = ErrorKind.REFUSED
    vi = "Yêu cầu với khóa lặp này đang được làm. → Chờ một lát rồi gửi lại y như cũ."
    hint = "The first request with this Idempotency-Key has no answer yet; send the same one again later."


class HookRefused(MotlanError):
    code = "HOOK_REFUSED"
    kind = ErrorKind.REFUSED
    vi = "Địa chỉ nhận tin không dùng được: {reason}"
    hint = "A hook needs an https URL without credentials, fragment or ID number: {reason}."


class ProviderAway(MotlanError):
    code = "PROVIDER_AWAY"
    kind = ErrorKind.TRANSIENT
    vi = "Dịch vụ định danh đang không trả lời. → Thử lại sau ít phút, hoặc dùng mật khẩu."
    hint = "The OpenID provider did not answer as it should: {detail}."


class ProviderRefused(MotlanError):
    code = "PROVIDER_REFUSED"
    kind = ErrorKind.REFUSED
    vi = "Không đăng nhập được bằng tài khoản định danh này. Chưa có gì thay đổi. → Thử lại hoặc dùng mật khẩu."
    hint = "The OpenID login was not accepted: {detail}."
