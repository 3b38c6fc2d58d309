// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import MailModel
import NIOCore
import Routing
import Testing

struct OwnReceivedTests {
    private func identifiers(_ header: String) -> [String] {
        let section = HeaderSection(ByteBuffer(string: "\(header)\r\n\r\n"))
        return OwnReceived.identifiers(in: section, hostname: "relay.azienda.it").map(\.rawValue)
    }

    @Test(arguments: [
        "Received: from mail (mail.example.org [198.51.100.7]) by relay.azienda.it (Ceralacca)\r\n with ESMTPS id 01JD2M6Q0Z9W8K3T for <azienda@pec.example.it>; Mon, 23 Nov 2026 10:00:00 +0000",
        "Received: from pop.pec.example.it by Relay.Azienda.IT with POP3S\r\n id 01JD2M6Q0Z9W8K3T for <azienda@pec.example.it>;\r\n Mon, 23 Nov 2026 10:00:00 +0000",
        "Received: by relay.azienda.it id 01JD2M6Q0Z9W8K3T; Mon, 23 Nov 2026 10:00:00 +0000",
    ])
    func `each form that this gateway writes is known`(_ field: String) {
        #expect(identifiers("Subject: x\r\n\(field)\r\nReceived: from a by b") == ["01JD2M6Q0Z9W8K3T"])
    }

    @Test(arguments: [
        "Received: from relay.azienda.it by mx.example.it with ESMTP id 01JD2M6Q0Z9W8K3T; date",
        "Received: from x by relay.azienda.it.example id 01JD2M6Q0Z9W8K3T; date",
        "Received: from x by relay.azienda.it (Postfix) with ESMTP id 4XyZ12; date", "Received: by relay.azienda.it",
        "Received: by relay.azienda.it id", "Received: by", "X-Received: by relay.azienda.it id 01JD2M6Q0Z9W8K3T;",
    ])
    func `what others write, or ours without an identifier, is not`(_ field: String) {
        #expect(identifiers(field).isEmpty)
    }

    @Test func `the latest come first, each once, and not without end`() {
        let ids = (0..<30).map { "01JD2M6Q0Z9W8K\(10 + $0)" }
        let fields = (ids + ids).map { "Received: by relay.azienda.it id \($0); date" }.joined(separator: "\r\n")
        #expect(identifiers(fields) == Array(ids.prefix(OwnReceived.maximum)))
    }
}
