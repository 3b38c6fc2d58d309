// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import TestLab
import Testing

@testable import ClassicImport

struct PostfixReaderTests {
    private func value(_ text: String, _ name: String) throws -> String {
        try PostfixParameters(text, file: "main.cf", directory: "/etc/postfix").value(name)
    }

    @Test(arguments: [
        ("a = one\n  two\n# remark\n\n\tthree", "one two three"), ("a=1\na = 2", "2"), ("a = x$$y", "x$y"),
        ("b = 1\na = ${b}2$(b)$b", "1211"), ("a = ${b?yes}${b:no}", "no"), ("b = x\na = ${b?yes}${b:no}", "yes"),
        ("b = x\na = ${b?{in b: $b}:{none}}", "in b: x"), ("a = ${b?{in b}:{none}}", "none"),
        ("a = $config_directory/t", "/etc/postfix/t"), ("myhostname = mx.azienda.it\na = $mydomain", "azienda.it"),
        ("a = $unknown", ""), ("a = 5$", "5$"), ("a =", ""), ("a = b = c", "b = c"),
    ])
    func `values are read with what they name filled in`(_ text: String, _ expected: String) throws {
        #expect(try value(text, "a") == expected)
    }

    @Test func `circles, growth and braces without end are refused`() {
        #expect(throws: PostfixParameters.Failure.tooDeep) { try value("a = $b\nb = $a", "a") }
        #expect(throws: PostfixParameters.Failure.unfinished) { try value("a = ${b", "a") }
        var text = "v0 = 0123456789\n"
        for level in 1...18 { text += "v\(level) = $v\(level - 1)$v\(level - 1)$v\(level - 1)$v\(level - 1)\n" }
        #expect(throws: PostfixParameters.Failure.tooLong) { try value(text, "v18") }
    }

    @Test func `ports with their options are read from master cf`() {
        let master = PostfixMaster(
            """
            smtp      inet  n       -       y       -       -       smtpd
            # submission inet n - y - - smtpd
            [::1]:submission inet n - y - - smtpd
              -o syslog_name=x -o {smtpd_relay_restrictions = permit_mynetworks, reject}
              -osmtpd_tls_wrappermode=yes
            pickup    unix  n       -       y       60      1       pickup
            10.0.0.1:0 inet n - y - - smtpd
            """
        )
        #expect(master.ports.map(\.port) == [25, 587])
        #expect(master.ports.map(\.host) == [nil, "::1"])
        #expect(master.ports[1].options["smtpd_relay_restrictions"] == "permit_mynetworks, reject")
        #expect(master.ports[1].options["smtpd_tls_wrappermode"] == "yes")
        #expect(master.strayLines == [7])
    }

    private func rules(_ text: String) -> (PostfixTable, [ImportRemark]) {
        var table = PostfixTable()
        var remarks = ImportRemarks()
        table.addRules(text, file: "t", isPerl: false, &remarks)
        return (table, remarks.sorted)
    }

    @Test(
        arguments: [
            (#"/^(.*)@(pec\.test)$/ $1:pass$2"#, "a@pec.test", "a:passpec.test"), ("/PEC/ yes", "a@pec.test", "yes"),
            ("/PEC/i yes", "a@pec.test", nil), ("!/altro/ no", "a@pec.test", "no"), ("!/pec/ no", "a@pec.test", nil),
            (#"|^a@pec\.test$| ${1}x$$"#, "a@pec.test", "x$"), ("/x/ 1\n/a/ 2\n/a/ 3", "a", "2"),
            ("/^([0-9]{1,3})$/ $(1)", "123", "123"),
        ] as [(String, String, String?)]
    )
    func `patterns match and fill in as those of Postfix`(_ text: String, _ subject: String, _ expected: String?) {
        #expect(rules(text).0.lookup(subject)?.value == expected)
    }

    @Test(arguments: [
        #"/(a)\1/ x"#, "/(/ x", "/(?:a)/ x", "/a{1,255}/ x", "/a{2}b{2}c{2}/ x", #"/\d/ x"#, "/a/", "/a x", "a x",
        "/\(String(repeating: "a", count: 1001))/ x", "if /a/", "/(|a)/ x", "/(a||b)/ x", "/(a|)/ x", "/ab{99}{99}/ x",
        "/\(String(repeating: "a", count: 500))*/ x", "/\(String(repeating: "a?", count: 33))/ x",
        "/a/ \(String(repeating: "$1", count: 501))",
    ])
    func `patterns that cost too much or are none are told`(_ text: String) {
        let (table, remarks) = rules(text)
        #expect(table.rules.isEmpty && remarks.count == 1 && remarks[0].place == SourcePlace("t", 1))
    }

    @Test(
        arguments: [
            (#"/^pec50@pec\.test$/ x"#, "pec50@pec.test"), (#"/^(a@pec\.test)$/ x"#, "a@pec.test"), ("/^a.b$/ x", nil),
            ("/^a+$/ x", nil), ("/a/ x", nil), ("!/^a$/ x", nil), (#"/^a\-b$/ x"#, "a-b"),
        ] as [(String, String?)]
    )
    func `a pattern for one text is that text`(_ text: String, _ expected: String?) {
        #expect(rules(text).0.rules.first?.literal == expected)
    }

    @Test func `lists are divided outside of braces`() {
        #expect(
            PostfixLines.list("a, b\tc,{d = e, f} inline:{ {x = y z}, w=v}") == [
                "a", "b", "c", "{d = e, f}", "inline:{ {x = y z}, w=v}",
            ]
        )
        var table = PostfixTable()
        table.addInline(" {x = y z}, w=v ", SourcePlace("main.cf", 3))
        #expect(table.lookup("X")?.value == "y z" && table.lookup("w")?.place == SourcePlace("main.cf", 3))
    }
}
