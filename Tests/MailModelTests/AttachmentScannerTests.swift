// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import MailModel
import NIOCore
import Testing

struct AttachmentScannerTests {
    /// The parts of a message that comes in pieces of `size` octets: `type[names]`, a `>` in front for each attached message around it.
    private func parts(_ octets: [UInt8], size: Int = .max) -> (found: [String], exceedsLimits: Bool) {
        var scanner = AttachmentScanner()
        var found: [String] = []
        func note(_ part: MessagePart) {
            let depth = String(repeating: ">", count: min(part.attachedDepth, 5))
            found.append("\(depth)\(part.mediaType)[\(part.fileNames.joined(separator: ", "))]")
        }
        var start = 0
        while start < octets.count {
            let end = start + min(size, octets.count - start)
            scanner.scan(ByteBuffer(bytes: octets[start..<end]), found: note)
            start = end
        }
        scanner.finish(found: note)
        return (found, scanner.exceedsLimits)
    }

    private func expect(_ message: String, _ wanted: [String]) {
        for text in [
            message, message.split(separator: "\n", omittingEmptySubsequences: false).joined(separator: "\r\n"),
        ] {
            for size in [Int.max, 1, 2, 3, 7, 64] {
                let (found, exceedsLimits) = parts(Array(text.utf8), size: size)
                #expect(found == wanted, "pieces of \(size)")
                #expect(!exceedsLimits)
            }
        }
    }

    @Test func `a message without parts is one`() {
        expect("From: a@b\n\ntext\n--x\n\n--x--\n", ["text/plain[]"])
        expect(
            "Content-Type: Application/PDF;\n name=a.pdf\nContent-Disposition: attachment;\n\tfilename=\"b.pdf\"\n\nx",
            ["application/pdf[b.pdf, a.pdf]"]
        )
        expect("", ["text/plain[]"])
        expect("Content-Type: text/html", ["text/html[]"])
        expect("\nbody", ["text/plain[]"])
    }

    @Test func `nested multiparts are walked to their leaves`() {
        expect(
            """
            MIME-Version: 1.0
            Content-Type: multipart/mixed; boundary="=_outer"

            preamble
            --=_outer
            Content-Type: multipart/alternative;
             boundary=inner (a comment)

            --inner

            text
            --inner  \u{20}
            Content-Type: text/html

            --inner-not
            --inne
            - -inner
            --inner--
            epilogue
            --inner
            Content-Type: lost/lost

            --=_outer
            Content-Type: application/pdf
            Content-Disposition: attachment; filename=a.pdf

            x
            --=_outer--
            --=_outer
            Content-Type: behind/the-end
            """,
            ["text/plain[]", "text/html[]", "application/pdf[a.pdf]"]
        )
    }

    @Test func `an outer boundary ends multiparts that forgot to`() {
        expect(
            """
            Content-Type: multipart/mixed; boundary=a

            --a
            Content-Type: multipart/mixed; boundary=b

            --b
            Content-Type: x/one
            --a
            Content-Type: x/two

            --b
            Content-Type: x/lost

            --a--
            """,
            ["x/one[]", "x/two[]"]
        )
    }

    @Test func `attached messages are looked into, encoded ones are not`() {
        expect(
            """
            Content-Type: multipart/mixed; boundary=a

            --a
            Content-Type: message/rfc822; name="Prova.eml"

            Subject: inner
            Content-Type: multipart/mixed; boundary=b

            --b
            Content-Type: message/rfc822

            Content-Type: application/zip; name=deep.zip

            --b
            Content-Type: x/y; name=second
            --a
            Content-Type: message/rfc822
            Content-Transfer-Encoding: Base64

            Content-Type: never/seen

            --a
            Content-Type: multipart/digest; boundary=d

            --d

            Content-Type: x/digested

            --d
            Content-Type: text/plain

            --d--
            --a
            Content-Type: x/last
            """,
            [
                "message/rfc822[Prova.eml]", ">message/rfc822[]", ">>application/zip[deep.zip]", ">x/y[second]",
                "message/rfc822[]",
                "message/rfc822[]", ">x/digested[]", "text/plain[]", "x/last[]",
            ]
        )
    }

    @Test(arguments: [
        ("filename=a.pdf", "a.pdf"), ("filename=\"a b.pdf\"", "a b.pdf"),
        ("filename=a b (1).pdf ; size=3", "a b (1).pdf"),
        ("FileName = \"a;b.pdf\"", "a;b.pdf"), ("filename=\"a\\\"b.pdf\"", "a\"b.pdf"),
        ("filename=\"C:\\new\\a.pdf\"", "C:\\new\\a.pdf, C:newa.pdf"),
        ("filename*=UTF-8''perch%C3%A9.pdf", "perché.pdf"), ("filename*=iso-8859-1'it'perch%E9.pdf", "perché.pdf"),
        ("filename*=x-unknown''a%E9.pdf", "aé.pdf"), ("filename*=broken%ZZ%4.pdf", "broken%ZZ%4.pdf"),
        ("filename*0=a; filename*1=b; filename*2=\".pdf\"", "ab.pdf"),
        ("filename*1*=%2Epdf; filename*0*=utf-8''%C3%A8", "è.pdf"),
        ("filename*0*=iso-8859-1''%E8; filename*1=\" %41\"; filename*10=f; filename*2=.pd", "è %41.pdf"),
        ("filename=\"=?utf-8?B?cGVyY2jDqS5wZGY=?=\"", "perché.pdf"),
        ("filename==?iso-8859-1?Q?perch=E9?= =?iso-8859-1?Q?=2Epdf?=", "perché.pdf"),
        ("filename=\"=?koi8-r?Q?a=2Epdf?=\"", "a.pdf"), ("; ;filename=a;;", "a"), ("x; y=; filename=a", "a"),
        ("filename=\"open.pdf", "open.pdf"),
        ("filename=\"setup\".exe", "setup.exe"), ("filename=a; filename=b; filename*=''c; filename=a", "a, b, c"),
        ("filename=", ""), ("filename=\"a.p\\df\"", "a.p\\df, a.pdf"), ("filename=\"a\\", "a\\"),
        ("filename*99999999999999999999=a; filename*-1=b; filename**=c; filename*0=d", "d"), ("(a=b;) filename=a", "a"),
        ("filename=\"perché.pdf\"", "perché.pdf"), ("filename=\"a\u{0}\u{7}.pdf\"", "a  .pdf"),
    ])
    func `file names are read in every spelling`(_ parameters: String, _ wanted: String) {
        let (found, _) = parts(Array("Content-Disposition: attachment; \(parameters)\r\n\r\n".utf8))
        #expect(found == ["text/plain[\(wanted)]"])
    }

    @Test func `names beyond UTF-8 read as Latin-1`() {
        let (found, _) = parts(Array("Content-Type: x/y; name=\"perch".utf8) + [0xE9] + Array(".pdf\"\r\n\r\n".utf8))
        #expect(found == ["x/y[perché.pdf]"])
    }

    @Test(arguments: [
        "application/ms-tnef", "Application/MS-TNEF; name=x", "application/vnd.ms-tnef", "x/y; name=WINMAIL.dat",
    ])
    func `TNEF is known by type and by name`(_ type: String) {
        var scanner = AttachmentScanner()
        var isTNEF = false
        scanner.scan(ByteBuffer(string: "Content-Type: \(type)\r\n\r\n")) { isTNEF = $0.isTNEF }
        #expect(isTNEF)
        #expect(!MessagePart(mediaType: "application/pdf", fileNames: ["winmail.pdf"]).isTNEF)
    }
}
