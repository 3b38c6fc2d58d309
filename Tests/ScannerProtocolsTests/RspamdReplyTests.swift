// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import ScannerProtocols
import Testing

@Suite struct RspamdReplyTests {
    private static func read(_ text: String) -> RspamdReply? { RspamdReply(Array(text.utf8)) }

    @Test func `an answer is read with everything that matters`() throws {
        let reply = try #require(
            Self.read(
                """
                {"is_skipped":false,"score":6.5,"required_score":15.0,"action":"add header","thresholds":{"reject":15},
                 "symbols":{"SMALL":{"name":"SMALL","score":0.1},"LARGE":{"score":-7,"options":["x"]},"NONE":{}},
                 "messages":{"smtp_message":"go away"},"urls":["a.test"],"message-id":"1@b.test","time_real":0.1,
                 "dkim-signature":"v=1; a=rsa-sha256",
                 "milter":{"add_headers":{"X-Last":{"value":"z","order":5},"Authentication-Results":"relay; spf=pass",
                  "X-Multi":[{"value":"b","order":1},{"value":"a","order":0}]},"remove_headers":{"X-A":0,"X-B":[1,-1]}}}
                """
            )
        )
        #expect(reply.action == .addHeader && reply.score == 6.5 && reply.requiredScore == 15)
        #expect(reply.symbols == ["LARGE", "SMALL", "NONE"] && reply.message == "go away")
        let added = reply.addedFields.map { "\($0.name): \($0.body)" }
        #expect(
            added == [
                "Authentication-Results: relay; spf=pass", "X-Multi: a", "X-Multi: b", "X-Last: z",
                "DKIM-Signature: v=1; a=rsa-sha256",
            ]
        )
        #expect(reply.removedFields.map { "\($0.name) \($0.occurrence)" } == ["X-A 0", "X-B -1", "X-B 1"])
    }

    @Test(arguments: RspamdReply.Action.allCases)
    func `every action is known`(_ action: RspamdReply.Action) {
        #expect(Self.read(#"{"score":0,"action":"\#(action.rawValue)"}"#)?.action == action)
    }

    @Test func `GTUBE is a refusal although nothing was computed, and an action of one's own is none of ours`() throws {
        let gtube = try #require(
            Self.read(
                #"{"is_skipped":true,"score":15.0,"required_score":15.0,"action":"reject","symbols":{"GTUBE":{"score":0}}}"#
            )
        )
        #expect(gtube.action == .reject && gtube.symbols == ["GTUBE"] && gtube.addedFields.isEmpty)
        let own = try #require(Self.read(#"{"score":9,"action":"send to Mario","messages":[],"symbols":{}}"#))
        #expect(own.action == nil && own.requiredScore == nil && own.message == nil)
    }

    @Test(arguments: [
        "", "null", "[]", "{}", "pong\r\n", #"{"score":1}"#, #"{"action":"reject"}"#,
        #"{"score":"1","action":"reject"}"#,
        #"{"score":1e999,"action":"reject"}"#, #"{"score":1,"action":7}"#, #"{"score":1,"action":"reject""#,
        #"{"score":1,"action":"no action","milter":{"add_headers":{"X":7}}}"#,
        #"{"score":1,"action":"no action","milter":{"remove_headers":{"X":"all"}}}"#,
        #"{"score":1,"action":"no action","symbols":["A"]}"#, "\u{FEFF}x",
        String(repeating: "[", count: 100_000),
    ])
    func `no verdict is made of anything else`(_ text: String) {
        #expect(Self.read(text) == nil)
    }

    @Test func `an answer that is too long is known by its beginning, and of edits without end the first are taken`()
        throws
    {
        let symbols = (0..<40_000).map { #""SYMBOL_\#($0)":{"score":1.0}"# }.joined(separator: ",")
        let text =
            #"{"is_skipped":false,"note":"a \" } b","score":6.5,"required_score":15.0,"action":"add header","symbols":{\#(symbols)}}"#
        #expect(Self.read(text) == nil)
        let reply = try #require(RspamdReply(beginning: Array(text.utf8.prefix(1000))))
        #expect(reply.action == .addHeader && reply.score == 6.5 && reply.requiredScore == 15 && reply.isCut)
        #expect(reply.symbols.isEmpty && reply.addedFields.isEmpty && reply.removedFields.isEmpty)
        let fields = (0...RspamdReply.maximumFields).map { #""X-\#($0 + 1000)":"a""# }.joined(separator: ",")
        let milter = #"{"add_headers":{\#(fields)},"remove_headers":{"X-Spam":0}}"#
        let cut = try #require(Self.read(#"{"score":1,"action":"reject","milter":\#(milter)}"#))
        #expect(cut.action == .reject && cut.isCut && cut.removedFields.count == 1)
        #expect(cut.addedFields.map(\.name) == (1000..<1099).map { "X-\($0)" })
    }

    @Test(arguments: [
        "", "[", "{", #"{"score""#, #"{"score":"#, #"{"score":1"#, #"{"score":1,"#, #"{"score":1,"action":"rej"#,
        #"{"score":"x","action":"reject","#, #"{"symbols":{"score":1,"action":"reject"},"#,
        #"{"score":1e999,"action":"reject","#,
        #"{"symbols":{"A":"\"#, #"{"action":"reject","score":1"#, #"{"a":]"#,
    ])
    func `no verdict is made of a beginning without action and score`(_ text: String) {
        #expect(RspamdReply(beginning: Array(text.utf8)) == nil)
    }

    @Test func `members are found behind others, however these nest`() throws {
        let text = #"{ "a" : [1,{"b":"]}"},[[]]] , "action" : "reject" ,"c":{"score":9},"score":-2.5 ,"#
        let reply = try #require(RspamdReply(beginning: Array(text.utf8)))
        #expect(reply.action == .reject && reply.score == -2.5 && reply.requiredScore == nil)
    }

    @Test func `no prefix of an answer is an answer`() {
        let text =
            #"{"score":6.5,"action":"add header","symbols":{"A":{"score":1}},"milter":{"add_headers":{"X":"a"}}}"#
        for length in 0..<text.utf8.count { #expect(RspamdReply(Array(text.utf8.prefix(length))) == nil) }
        #expect(Self.read(text) != nil)
    }
}
