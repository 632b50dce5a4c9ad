"""What is read of a file, folder, archive or upload, and what is refused before it is read."""

import io
import os
import stat
import struct
import zipfile
from pathlib import Path

import pytest

from songrnn.corpus.gathering import Document, Ignored, Limits, Refusal, Upload, gather, readable
from songrnn.errors import CorpusError

SMALL = Limits(file_bytes=4 << 20, total_bytes=6 << 20, files=20, ratio=50)


def archive(
    members: dict[str | zipfile.ZipInfo, bytes], packing: int = zipfile.ZIP_DEFLATED
) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", packing) as file:
        for name, data in members.items():
            file.writestr(name, data, packing)
    return buffer.getvalue()


def from_archive(data: bytes, limits: Limits = SMALL) -> list[Document | Refusal | Ignored]:
    return list(gather(Upload("tunes.zip", data), limits=limits))


def reason_in(items: list[Document | Refusal | Ignored]) -> str:
    (item,) = items
    assert isinstance(item, Refusal), item
    return item.reason


def test_a_file_is_one_document(tmp_path: Path) -> None:
    path = tmp_path / "tunes.weird"
    path.write_bytes(b"X:1\n")
    assert list(gather(path)) == [Document("tunes.weird", b"X:1\n")]


def test_a_folder_is_read_to_its_depths_in_the_order_of_names(tmp_path: Path) -> None:
    for name in ("b.abc", "a/z.TXT", "a/b/c.csv", "a/data_v2", ".hidden.abc", "__MACOSX/b.abc"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(name.encode())
    found = list(gather(tmp_path))
    assert [item.place for item in found] == ["b.abc", "a/data_v2", "a/z.TXT", "a/b/c.csv"]
    assert [item.share for item in found if isinstance(item, Document)] == [0.25, 0.5, 0.75, 1.0]


def test_files_of_other_kinds_are_left_alone(tmp_path: Path) -> None:
    (tmp_path / "cover.pdf").write_bytes(b"%PDF")
    assert list(gather(tmp_path)) == [Ignored("cover.pdf")]


def test_pages_and_mails_are_looked_into(tmp_path: Path) -> None:
    for name in ("notes.md", "page.HTML", "mail.eml"):
        (tmp_path / name).write_bytes(b"X:1")
    found = [item for item in gather(tmp_path) if isinstance(item, Document)]
    assert [item.place for item in found] == ["mail.eml", "notes.md", "page.HTML"]


def test_links_are_not_followed_out_of_a_folder(tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("mine")
    folder = tmp_path / "tunes"
    folder.mkdir()
    (folder / "file.abc").symlink_to(secret)
    (folder / "folder").symlink_to(tmp_path)
    found = list(gather(folder))
    assert [(item.place, item.reason) for item in found if isinstance(item, Refusal)] == [
        ("file.abc", "is a link, and links are not followed"),
        ("folder", "is a link, and links are not followed"),
    ]
    assert len(found) == 2


def test_a_pipe_in_a_folder_is_refused_and_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.abc")
    assert reason_in(list(gather(tmp_path))) == "is not a regular file"


@pytest.mark.parametrize("path", ["/dev/null", "/nonexistent/tunes", "/nonexistent\0"])
def test_what_is_no_file_or_folder_is_said_so(path: str) -> None:
    with pytest.raises(CorpusError, match=r"neither a file nor a folder|no file or folder|cannot"):
        list(gather(Path(path)))


def test_a_file_that_is_too_large_is_refused_alone(tmp_path: Path) -> None:
    (tmp_path / "big.abc").write_bytes(b"x" * 101)
    (tmp_path / "small.abc").write_bytes(b"x" * 100)
    big, small = gather(tmp_path, limits=Limits(file_bytes=100))
    assert big == Refusal("big.abc", "", "is larger than 100 bytes")
    assert isinstance(small, Document)


def test_too_many_files_or_bytes_end_the_import(tmp_path: Path) -> None:
    for number in range(5):
        (tmp_path / f"{number}.abc").write_bytes(b"x" * 100)
    with pytest.raises(CorpusError, match="more than 4 files"):
        list(gather(tmp_path, limits=Limits(files=4)))
    with pytest.raises(CorpusError, match="more than 450 bytes together"):
        list(gather(tmp_path, limits=Limits(total_bytes=450)))


def test_uploads_keep_only_the_last_part_of_their_names() -> None:
    found = gather([("../../etc/a.abc", b"1"), ("C:\\tunes\\b.abc", b"2"), ("", b"3")])
    assert [item.place for item in found] == ["a.abc", "b.abc", "upload"]


def test_an_archive_is_read_by_member() -> None:
    data = archive({"set/b.abc": b"B", "set/a.txt": b"A", "set/x.mid": b"MThd", "__MACOSX/a": b""})
    assert [item.place for item in from_archive(data)] == [
        "tunes.zip/set/a.txt",
        "tunes.zip/set/b.abc",
        "tunes.zip/set/x.mid",
    ]


def test_an_archive_is_known_by_its_first_bytes(tmp_path: Path) -> None:
    (tmp_path / "tunes.txt").write_bytes(archive({"a.abc": b"A"}))
    (tmp_path / "text.zip").write_bytes(b"X:1\n")
    found = {item.place: item for item in gather(tmp_path)}
    assert found["tunes.txt/a.abc"] == Document("tunes.txt/a.abc", b"A")
    assert found["text.zip"] == Refusal(
        "text.zip", "", "is not a zip archive, though its name says so"
    )


@pytest.mark.parametrize(
    "name",
    ["../a.abc", "x/../../a.abc", "/etc/a.abc", "C:/a.abc", "..\\a.abc", "\\\\host\\a.abc"],
)
def test_members_that_point_out_of_the_archive_are_refused(name: str) -> None:
    assert "outside the archive" in reason_in(from_archive(archive({name: b"A"})))


def test_a_nul_does_not_hide_the_end_of_a_name() -> None:
    # Python's own writer cuts names at a NUL, so the bytes are put in afterwards.
    data = archive({"a.abcQ../b.abc": b"A"}).replace(b"a.abcQ", b"a.abc\0")
    assert "outside the archive" in reason_in(from_archive(data)) or "NUL" in reason_in(
        from_archive(data)
    )


def test_a_name_that_begins_with_a_nul_is_refused() -> None:
    data = archive({"Qa.abc": b"A"}).replace(b"Qa.abc", b"\0a.abc")
    assert "NUL" in reason_in(from_archive(data))


def test_links_and_devices_in_an_archive_are_refused() -> None:
    link, device = zipfile.ZipInfo("link.abc"), zipfile.ZipInfo("device.abc")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    device.external_attr = (stat.S_IFCHR | 0o777) << 16
    found = from_archive(archive({link: b"/etc/passwd", device: b""}))
    assert [item.reason for item in found if isinstance(item, Refusal)] == [
        "is not a regular file",
        "is a link, and links are not followed",
    ]


def test_a_member_that_unpacks_to_a_multiple_of_its_size_is_refused() -> None:
    found = from_archive(archive({"a.abc": b"fine", "bomb.abc": bytes(3 << 20)}))
    assert found[0] == Document("tunes.zip/a.abc", b"fine", share=0.5)
    assert found[1] == Refusal("tunes.zip/bomb.abc", "", "unpacks to over 50 times its packed size")


def test_many_members_of_modest_size_cannot_fill_the_memory() -> None:
    noise = os.urandom(1 << 20)
    data = archive({f"{n}.abc": noise for n in range(7)})
    with pytest.raises(CorpusError, match="more than 12 MiB together"):
        from_archive(data, Limits(total_bytes=12 << 20))


def test_a_member_larger_than_it_says_is_damaged() -> None:
    data = bytearray(archive({"a.abc": b"A" * 500_000}))
    # The central directory's uncompressed size, 24 bytes into its entry.
    entry = data.rfind(b"PK\x01\x02")
    data[entry + 24 : entry + 28] = struct.pack("<I", 10)
    assert "damaged" in reason_in(from_archive(bytes(data)))


def test_an_archive_with_too_many_members_is_not_even_listed() -> None:
    data = archive({f"{n}.abc": b"" for n in range(21)})
    assert reason_in(from_archive(data)) == "has more than 20 members"


def test_a_count_of_members_that_lies_does_not_help() -> None:
    data = bytearray(archive({f"{n:0200}.abc": b"" for n in range(40)}))
    end = data.rfind(b"PK\x05\x06")
    data[end + 8 : end + 12] = struct.pack("<HH", 1, 1)
    assert reason_in(from_archive(bytes(data))) == "has more than 20 members"


def test_an_archive_within_an_archive_is_refused() -> None:
    found = from_archive(archive({"inner.zip": archive({"a.abc": b"A"})}))
    assert reason_in(found) == "is an archive within an archive; unpack it first"


def test_an_encrypted_member_is_refused() -> None:
    data = bytearray(archive({"a.abc": b"A"}))
    entry = data.rfind(b"PK\x01\x02")
    data[entry + 8] |= 1
    assert "encrypted" in reason_in(from_archive(bytes(data)))


def test_unusual_packing_is_refused() -> None:
    found = from_archive(archive({"a.abc": b"A"}, zipfile.ZIP_BZIP2))
    assert "method other than zip's usual" in reason_in(found)


def test_every_cut_and_flip_of_an_archive_gives_documents_or_reasons() -> None:
    data = archive({"a.abc": b"X:1\nK:C\nCDEF" * 20, "b.abc": b"B" * 100})
    for length in range(4, len(data)):
        for item in from_archive(data[:length]):
            assert isinstance(item, Refusal)
    for position in range(4, len(data)):
        broken = bytearray(data)
        broken[position] ^= 0xFF
        for item in from_archive(bytes(broken)):
            assert isinstance(item, Document | Refusal | Ignored)


def test_names_are_made_fit_to_print() -> None:
    assert readable("a\x1b[31m\udcff.abc") == "a?[31m?.abc"
    assert len(readable("x" * 5000 + ".abc")) == 201
