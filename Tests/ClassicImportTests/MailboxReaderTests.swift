// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import MailModel
import Testing

@testable import ClassicImport

struct MailboxReaderTests {
    private func words(_ text: String) -> [String] { FetchmailLexer.tokens(text).tokens.map(\.text) }

    @Test func `a control file is taken apart into words, with quotes and escapes`() {
        #expect(
            words("poll a.it, proto:POP3;# remark\nuser 'x y' pass \"a\\\"\n") == [
                "poll", "a.it", "proto", "POP3", "user", "x y", "pass", "a",
            ]
        )
        #expect(words(#""\x41\065\66\n\t\\\q""#) == ["A5B\n\t\\q"])
        #expect(words(#""a"b 'c' "d":"e""#) == ["\"a\"b", "c", "d", "e"])
        #expect(words("a=b 'c'='d'") == ["a", "=", "b", "c", "=", "d"])
        #expect(words("\"two\\\nlines\"") == ["twolines"])
        let (tokens, isUnfinished) = FetchmailLexer.tokens("a\n\n'b\nc' d \"e")
        #expect(isUnfinished && tokens.map(\.line) == [1, 3, 4])
    }

    private func user(_ text: String) throws -> (FetchmailFile.Server, FetchmailFile.User) {
        let file = FetchmailReader.read(text, file: "rc")
        #expect(file.brokenLines.isEmpty, "\(text)")
        let server = try #require(file.servers.first)
        return (server, try #require(server.users.first))
    }

    @Test(arguments: [
        "poll h proto pop3 user u there with password p is l here keep ssl",
        "poll h protocol POP3 username u pass p to l ssl keep",
        "server h with proto pop3, port 995: user \"u\" has password 'p' is l here and wants keep options ssl",
        "poll h proto pop3 is u there pass p user u is l here ssl keep",
        "defaults proto pop3 keep ssl\npoll h user u pass p is l",
    ])
    func `the same mailbox is read from every way to write it`(_ text: String) throws {
        let (server, user) = try user(text)
        #expect(server.host == "h" && server.protocolName == "pop3")
        #expect(user.login == "u" && user.password == Secret("p") && user.localNames == ["l"])
        #expect(user.keeps && user.hasTLS && !user.isMultidrop)
    }

    @Test func `options that switch off, several users and global settings are read`() throws {
        let file = FetchmailReader.read(
            """
            set daemon 60
            set idfile = "/x"
            set no bouncemail
            poll a proto pop3 nokeep no ssl user a pass 1 is x y here user b pass 2 is p=q here
            skip b via c service pop3s interval 3 user c pass 3 is * here
            """,
            file: "rc"
        )
        #expect(file.brokenLines.isEmpty && file.daemonSeconds == 60 && file.idfile == "/x")
        #expect(file.servers.map(\.isSkipped) == [false, true] && file.servers[1].host == "c")
        #expect(file.servers[1].port == 995 && file.servers[1].interval == 3)
        let users = file.servers.flatMap(\.users)
        #expect(users.map(\.login) == ["a", "b", "c"] && users.map(\.isMultidrop) == [false, true, true])
        #expect(users[0].localNames == ["x", "y"] && users[1].localNames == ["q"])
    }

    @Test(arguments: ["poll", "poll h user", "poll h port many", "what", "poll h user u frobnicate p", "set what"])
    func `a broken grammar is told with its line, and the next entry is read`(_ text: String) {
        let file = FetchmailReader.read("\(text)\npoll good proto pop3 user u", file: "rc")
        let isTaken = text == "poll" || text == "poll h user"
        #expect(isTaken || file.brokenLines == [1])
        #expect(isTaken || file.servers.last?.name == "good")
    }

    @Test(arguments: [
        ("azienda@pec.it@pop.aruba.it 1234", "azienda@pec.it", "pop.aruba.it", "1234"),
        ("  M123@pop.it   <a@b>  ", "M123", "pop.it", "<a@b>"), ("a b@pop.it x", "a b", "pop.it", "x"),
        ("u@h id more", "u", "h", "id"),
    ])
    func `fetchids are read in all their forms`(_ line: String, _ user: String, _ host: String, _ identifier: String) {
        #expect(SeenState.fetchids(line) == [.init(user: user, host: host, uniqueID: identifier)])
    }

    @Test(arguments: ["", "a", "a b", "@h x", "u@h", "u@h ", "u@ x", "u@h \u{1}"])
    func `what is no line of fetchids is left out`(_ line: String) {
        #expect(SeenState.fetchids(line).isEmpty)
    }

    @Test func `oldmail is read, and its name found`() {
        #expect(SeenState.oldmail("a\u{0}1\nb b\u{0}2\nc\n\u{0}3\n d\u{0}x") == ["a", "d"])
        #expect(SeenState.oldmailNames(server: "h", port: 995, login: "a/b:c|d").contains("oldmail-h-995-a-b-c-d"))
        #expect(SeenState.oldmailNames(server: "h", port: 995, login: "a@b") == ["oldmail-h-995-a@b"])
    }

    @Test func `stunnel's services are read with what stands before the first`() throws {
        let file = StunnelFile(
            "client = yes\nverify = 2\n; x\n[a]\naccept = 25\nconnect = h:465\n[b]\nclient = no\naccept = :::26\nconnect = pop3s\nwhat\n",
            file: "s"
        )
        #expect(file.services.map(\.isClient) == [true, false] && file.services.map(\.isVerified) == [true, true])
        #expect(file.services[0].accept?.port == 25 && file.services[0].connect.first?.host == "h")
        #expect(file.services[1].accept?.host == nil && file.services[1].connect.first?.port == 995)
        #expect(file.strayLines == [11])
    }

    @Test func `getmail's file is read with lines that go on`() {
        let file = GetmailFile(
            "[Retriever]\nType = X\npassword = a=b:c%d\n[destination]\narguments = (\"-i\",\n   \"a@b.it\")\nstray\n[options]\ndelete: On\n",
            file: "g"
        )
        #expect(file.text("retriever", "password") == "a=b:c%d" && file.flag("delete") == true)
        #expect(file.destinationAddresses.map(\.description) == ["a@b.it"] && !file.hasVariableDestination)
        #expect(file.place("options", "delete") == SourcePlace("g", 9) && file.strayLines == [7])
    }
}
