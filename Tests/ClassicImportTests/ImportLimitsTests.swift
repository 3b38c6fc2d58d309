// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import ClassicImport

/// Files that mean harm: the import ends with a configuration that is right, or says what is wrong, in little time and memory.
struct ImportLimitsTests {
    private let aruba = "poll pop3s.pec.aruba.it proto pop3 user a@pec.it pass x is mario@azienda.it here ssl"
    private let postfix = "mynetworks = 10.0.0.10\nsmtpd_relay_restrictions = permit_mynetworks, reject\n"

    private func draft(_ files: [String: String]) throws -> ImportDraft { try SmallMachine(files).draft() }

    private func lines(_ count: Int, _ line: (Int) -> String) -> String { (0..<count).map(line).joined() }

    private func isTold(_ draft: ImportDraft, _ words: String) -> Bool { SmallMachine.isTold(draft, words) }

    @Test(arguments: ["/f/fetchmailrc", "/g/getmailrc", "/s/stunnel.conf", "/p/main.cf"])
    func `a file with settings that is too long is refused`(_ path: String) {
        let text = String(repeating: "# nothing\n", count: ImportDrafter.maximumSettings / 10 + 1)
        #expect(
            throws: ImportFailure.unreadable(path, reason: "it is larger than \(ImportDrafter.maximumSettings) octets")
        ) { try draft([path: text]) }
    }

    @Test func `more parameters, services or mailboxes than anybody has are refused, with the file`() {
        let files = [
            "/p/main.cf": lines(PostfixParameters.maximumParameters) { "p\($0) = 1\n" },
            "/s/stunnel.conf": lines(StunnelFile.maximumServices + 1) { "[s\($0)]\nconnect = 25\n" },
            "/f/fetchmailrc": "poll h.it\n" + lines(FetchmailFile.maximumValues) { _ in "user u\n" } + "user u",
        ]
        for (path, reason) in [
            ("/p/main.cf", "it has more than 5000 parameters"), ("/s/stunnel.conf", "it has more than 1000 services"),
            ("/f/fetchmailrc", "it has more than 100000 mailboxes and values, at line 100002"),
        ] {
            #expect(throws: ImportFailure.unreadable(path, reason: reason)) {
                try draft(files.filter { $0.key == path })
            }
        }
    }

    @Test func `what defaults say is not multiplied by the entries behind them`() {
        let names = lines(20_000) { "n\($0) " }
        let rc = "defaults proto pop3 is \(names)\n" + lines(20_000) { "poll h\($0).it user u\($0)@h.it is x\n" }
        let limit = FetchmailFile.maximumValues
        #expect(
            throws: ImportFailure.unreadable(
                "/f/fetchmailrc",
                reason: "it has more than \(limit) mailboxes and values, at line 6"
            )
        ) { try draft(["/f/fetchmailrc": rc]) }
    }

    @Test(arguments: [
        ("set daemon \(Int.max)", "interval 2", "every: 1d"), ("set daemon 9999999999999999999999", "", "every: 1m"),
        ("set daemon -\(Int.max)", "interval \(Int.max)", "every: 1d"), ("set daemon 0", "", "every: 1m"),
        ("", "interval \(Int.max)", "every: 1d"),
        ("set daemon 300", "interval -3", "every: 5m"),
    ])
    func `intervals beyond all bounds end at a day`(_ global: String, _ option: String, _ every: String) throws {
        let rc = "\(global)\n" + aruba.replacing("proto", with: "\(option) proto")
        #expect(try draft(["/f/fetchmailrc": rc]).text.contains(every))
    }

    @Test(arguments: ["0", "65536", "99999999999999999999", "-1"])
    func `a port that is none is told, in every file`(_ port: String) throws {
        let getmail = "[retriever]\ntype = SimplePOP3Retriever\nserver = h.it\nusername = a@h.it\nport = \(port)\n"
        #expect(isTold(try draft(["/g/getmailrc": getmail]), "no port stands here"))
        let rc = aruba.replacing("proto", with: "port \(port) proto") + "\n\(aruba)"
        #expect(isTold(try draft(["/f/fetchmailrc": rc]), "the grammar is broken here"))
        let stunnel = "[t]\nclient = yes\naccept = \(port)\nconnect = h.it:\(port)\n"
        let here = aruba.replacing("pop3s.pec.aruba.it", with: "localhost")
        #expect(try !draft(["/f/fetchmailrc": here, "/s/stunnel.conf": stunnel]).text.contains("h.it"))
        let relay = try draft(["/p/main.cf": postfix + "relayhost = [h.it]:\(port)\n"])
        #expect(isTold(relay, "a relay host that is not understood"))
        let listener = try draft(["/p/main.cf": postfix, "/p/master.cf": "\(port) inet n - y - - smtpd\n"])
        #expect(isTold(listener, "a port that is not understood"))
    }

    @Test(arguments: ["0", "1000", "99999999999999999999", "much"])
    func `a size that is none is told`(_ size: String) throws {
        let made = try draft(["/p/main.cf": postfix + "message_size_limit = \(size)\n"])
        #expect(isTold(made, "message_size_limit is not carried over") && !made.text.contains("limits:"))
    }

    @Test func `values that grow by what they name are told, however often they are named`() throws {
        let text = String(repeating: "y", count: 60_000)
        let made = try draft([
            "/p/main.cf": postfix + lines(2000) { "p\($0) = $q\n" } + "q = " + String(repeating: "$b", count: 5000)
                + "\nb = ${u?{\(text)}}\nrelayhost = $q\n"
        ])
        #expect(isTold(made, "relayhost is not carried over: it is longer than 65536 characters"))
    }

    @Test func `a file that is named again and again is read a few times`() throws {
        let elements = String(repeating: "/p/many ", count: 8000)
        let made = try draft([
            "/p/main.cf": postfix.replacing("10.0.0.10", with: "10.0.0.10 \(elements)"),
            "/p/many": lines(100) { "10.1.0.\($0)\n" },
        ])
        #expect(isTold(made, "mynetworks names more than is read") && isTold(made, "more than 1000 networks"))
    }

    @Test func `lists that nobody has so long end, and the rest is told`() throws {
        let names = lines(1001) { "n\($0)@azienda.it " }
        let folders = lines(101) { "f\($0) " }
        let rc = "poll imaps.pec.aruba.it proto imap user a@pec.it pass x ssl is \(names) folder \(folders)"
        let made = try draft(["/f/fetchmailrc": rc])
        #expect(isTold(made, "more than 1000 recipients") && isTold(made, "more than 100 folders"))
        #expect(made.text.contains("n999@azienda.it]") && made.text.contains("f99]"))
    }

    @Test func `no more is read than is allowed, all files together`() {
        let files = ClassicFiles(
            read: { _ in [UInt8](repeating: 0x61, count: 600) },
            names: { _ in [] },
            isOpenToOthers: { _ in false }
        ).limited(to: 1000)
        #expect(throws: Never.self) { try files.text("/a") }
        #expect(throws: Never.self) { try files.text("/b") }
        #expect(throws: ClassicFileError("the files before it were too large, all together")) { try files.text("/c") }
    }

    @Test func `a name with a NUL opens nothing`() throws {
        let made = try draft(["/f/fetchmailrc": "\(aruba) sslcertfile \"/etc/pa\u{0}sswd\"", "/etc/pa": "x"])
        #expect(isTold(made, "its name has a NUL in it") && !made.text.contains("trust"))
    }

    @Test func `a directory that stunnel includes is told`() throws {
        let stunnel = "include = /etc/stunnel/conf.d\n[t]\nclient = yes\naccept = 995\nconnect = pop.x.it:995\n"
        let made = try draft(["/f/fetchmailrc": aruba, "/s/stunnel.conf": stunnel])
        let remark = try #require(made.remarks.first { $0.message.contains("`include` is not followed") })
        #expect(remark.place == SourcePlace("/s/stunnel.conf", 1) && remark.remedy.contains("--stunnel FILE"))
    }

    @Test func `a getmail value that goes on for a million lines is read in a moment`() {
        let file = GetmailFile("[options]\na = b\n" + String(repeating: "\tc\n", count: 1_000_000), file: "g")
        #expect(file.text("options", "a")?.utf8.count == 2_000_001)
    }

    @Test func `the list of what was not carried over has each thing once, and ends`() throws {
        var remarks = ImportRemarks()
        for number in 0..<ImportRemarks.maximum {
            for _ in 0..<2 { remarks.append(ImportRemark(SourcePlace("f", number), "m", "r")) }
        }
        #expect(remarks.sorted.count == ImportRemarks.maximum)
        remarks.append(ImportRemark(SourcePlace("e"), "m", "r"))
        #expect(remarks.sorted.count == ImportRemarks.maximum + 1)
        #expect(remarks.sorted.last?.message.contains("there is more to tell") == true)
    }

    @Test func `patterns are read until they cost too much, and the rest is told`() throws {
        let relays = lines(2000) { "/^a\($0)@(([a-z]{1,9})\\.){3}it$/ [h.it]\n" }
        let made = try draft([
            "/p/main.cf": postfix + "sender_dependent_relayhost_maps = regexp:/p/relays\n", "/p/relays": relays,
        ])
        #expect(isTold(made, "sender_dependent_relayhost_maps names more than is read"))
        var table = PostfixTable()
        var remarks = ImportRemarks()
        table.addRules(relays, file: "t", isPerl: false, &remarks)
        #expect(table.isCut && table.patterns <= PostfixTable.maximumPatterns)
        #expect((10..<2000).contains(table.rules.count))
    }
}
