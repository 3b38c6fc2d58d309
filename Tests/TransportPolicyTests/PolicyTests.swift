// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import Crypto
import Testing
import TransportPolicy

struct TLSARecordTests {
    private let certificate = Array("certificate".utf8)
    private let key = Array("key".utf8)

    @Test(arguments: [[], [3], [3, 1, 1]] as [[UInt8]])
    func `data too short to name anything is no record`(_ octets: [UInt8]) {
        #expect(TLSARecord(octets) == nil)
        // Their presence alone asks for TLS all the same.
        #expect(TLSARecord.security([octets], names: []) == .encrypted)
    }

    @Test func `certificate and key are matched whole or by their digests`() {
        for usage in [UInt8(2), 3] {
            for (selector, octets) in [(UInt8(0), certificate), (1, key)] {
                let data = [0: octets, 1: Array(SHA256.hash(data: octets)), 2: Array(SHA512.hash(data: octets))]
                for (type, data) in data {
                    let record = TLSARecord(usage: usage, selector: selector, matchingType: UInt8(type), data: data)
                    #expect(record.isUsable)
                    #expect(record.matches(certificate: certificate, publicKey: key))
                    #expect(!record.matches(certificate: key, publicKey: certificate))
                }
            }
        }
    }

    @Test(
        arguments: [
            [0, 1, 1] + [UInt8](repeating: 1, count: 32), [1, 1, 1] + [UInt8](repeating: 1, count: 32),
            [4, 1, 1] + [UInt8](repeating: 1, count: 32), [3, 2, 1] + [UInt8](repeating: 1, count: 32),
            [3, 1, 3] + [UInt8](repeating: 1, count: 32), [3, 1, 1] + [UInt8](repeating: 1, count: 31),
            [3, 1, 2] + [UInt8](repeating: 1, count: 32),
        ] as [[UInt8]]
    )
    func `what SMTP cannot use asks for TLS that is not judged`(_ octets: [UInt8]) {
        #expect(TLSARecord(octets)?.isUsable == false)
        #expect(TLSARecord.security([octets], names: ["a"]) == .encrypted)
        let good = [3, 1, 1] + [UInt8](repeating: 1, count: 32)
        let expected = TLSARecord(usage: 3, selector: 1, matchingType: 1, data: [UInt8](repeating: 1, count: 32))
        #expect(TLSARecord.security([octets, good], names: ["a"]) == .dane([expected], names: ["a"]))
    }

    @Test func `no record asks for nothing`() { #expect(TLSARecord.security([], names: ["a"]) == nil) }
}

struct MTASTSTests {
    private func policy(_ text: String) -> MTASTSPolicy? { MTASTSPolicy(Array(text.utf8)) }
    private let right =
        "version: STSv1\r\nmode: enforce\r\nmx: mail.esempio.it\r\nmx: *.esempio.net\r\nmax_age: 86400\r\n"

    @Test func `a policy is read, with either line end, unknown keys and spaces`() {
        let expected = MTASTSPolicy(mode: .enforce, patterns: ["mail.esempio.it", "*.esempio.net"], maximumAge: 86_400)
        #expect(policy(right) == expected)
        let spaced = right.replacing("\r\n", with: "\n").replacing("mode: enforce", with: "mode:\t enforce \nfuture: x")
        #expect(policy(spaced) == expected)
        #expect(policy(right + "mode: testing\r\n") == expected, "the first of a key counts")
        #expect(policy("version: STSv1\nmode: none\nmax_age: 99999999999\n") == nil)
        #expect(policy("version: STSv1\nmode: none\nmax_age: 9999999999\n")?.maximumAge == 31_557_600)
    }

    @Test(arguments: [
        "", "<html>", "version: STSv2\nmode: enforce\nmx: a.it\nmax_age: 1",
        "version: STSv1\nmode: enforce\nmax_age: 1",
        "version: STSv1\nmode: strict\nmx: a.it\nmax_age: 1", "version: STSv1\nmode: enforce\nmx: a.it",
        "version: STSv1\nmode: enforce\nmx: *\nmax_age: 1", "version: STSv1\nmode: enforce\nmx: a.*.it\nmax_age: 1",
        "version: STSv1\nmode: enforce\nmx: a.it\nmax_age: -1", "version: STSv1\nmode: enforce\nmx: a.it\nmax_age: 1x",
    ])
    func `what is no policy is none`(_ text: String) { #expect(policy(text) == nil) }

    @Test func `a policy without end is none`() {
        #expect(policy(right + String(repeating: "future: x\n", count: 7000)) == nil)
        #expect(policy(right + String(repeating: "mx: a.it\n", count: 1001)) == nil)
    }

    @Test func `a star stands for one label, the first, and names are compared in A-labels`() throws {
        let policy = try #require(self.policy(right + "mx: *.città.it\nmx: xn--perch-fsa.it\n"))
        for host in [
            "mail.esempio.it", "MAIL.Esempio.IT", "a.esempio.net", "mx.xn--citt-3na.it", "mx.città.it", "perché.it",
        ] {
            #expect(policy.admits(host), "\(host)")
        }
        for host in ["esempio.it", "a.mail.esempio.it", "esempio.net", "b.a.esempio.net", "aesempio.net", "", "."] {
            #expect(!policy.admits(host), "\(host)")
        }
    }

    @Test func `the identifier stands in the one record of MTA-STS`() {
        func record(_ strings: String...) -> [UInt8] { strings.flatMap { [UInt8($0.utf8.count)] + Array($0.utf8) } }
        #expect(MTASTSRecord.identifier([record("v=STSv1; id=20260131T1;")]) == "20260131T1")
        #expect(MTASTSRecord.identifier([record("v=STSv1;", " id=2026", "0131")]) == "20260131")
        #expect(MTASTSRecord.identifier([record("v=spf1 -all"), record("v=STSv1; x=y; id=1")]) == "1")
        for wrong in ["v=STSv1", "v=STSv1;", "v=STSv1; id=;", "v=STSv1; id=a-b", "v=STSv2; id=1", "id=1; v=STSv1;"] {
            #expect(MTASTSRecord.identifier([record(wrong)]) == nil, "\(wrong)")
        }
        #expect(MTASTSRecord.identifier([record("v=STSv1; id=1"), record("v=STSv1; id=2")]) == nil)
        #expect(MTASTSRecord.identifier([[5, 0x61]]) == nil && MTASTSRecord.identifier([]) == nil)
    }
}

struct TLSReportTests {
    @Test func `what is written is read again, days are forgotten, and there is a bound`() {
        var report = TLSReport(maximumKeys: 2)
        let today = TLSReportKey(day: "2026-01-31", domain: "a.it", policy: .tlsa)
        let before = TLSReportKey(day: "2026-01-01", domain: "a.it", policy: .none)
        report.count(.success, today, number: 3)
        report.count(.tlsaInvalid, today)
        report.count(.noSTARTTLS, before)
        report.count(.success, TLSReportKey(day: "2026-01-31", domain: "b.it", policy: .sts))
        #expect(report.counts.count == 2)
        var again = TLSReport()
        again.add(report.text + "niente\n2026-01-31\ta.it\ttlsa\tsuccess\t-4\n2026-01-31\ta.it\txyz\tsuccess\t4\n")
        #expect(again.counts == report.counts)
        again.forget(before: "2026-01-02")
        #expect(again.text == "2026-01-31\ta.it\ttlsa\tsuccess\t3\n2026-01-31\ta.it\ttlsa\ttlsa-invalid\t1\n")
    }
}
