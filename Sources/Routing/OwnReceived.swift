// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

public import MailModel

/// The Received fields that this gateway wrote: `by`, its own name, and behind it `id` with an identifier of its queue.
///
/// ```text
/// Received: from mail (mail.example.org [198.51.100.7]) by relay.azienda.it (Ceralacca)
///  with ESMTPS id 01JD2M6Q0Z9W8K3T for <azienda@pec.example.it>; Mon, 23 Nov 2026 10:00:00 +0000
/// Received: from pop.pec.example.it by relay.azienda.it with POP3S id 01JD8QZ0V3K7M2XA; …
/// Received: by relay.azienda.it id 01JD2M6Q0Z9W8K3T; Mon, 23 Nov 2026 10:00:00 +0000
/// ```
public enum OwnReceived {
    /// The most identifiers that are looked up of one message; those on top are the latest.
    public static let maximum = 20

    /// The identifiers in the fields of `header` that the gateway named `hostname` wrote, the latest first, each once.
    public static func identifiers(in header: HeaderSection, hostname: String) -> [QueueID] {
        var identifiers: [QueueID] = []
        for body in header.all("Received") {
            guard let id = identifier(in: body, hostname: hostname), !identifiers.contains(id) else { continue }
            identifiers.append(id)
            if identifiers.count == maximum { break }
        }
        return identifiers
    }

    private static func identifier(in body: String, hostname: String) -> QueueID? {
        let words = body.prefix(4000).split { $0 == " " || $0 == "\t" }
        for (index, word) in words.enumerated() where word == "by" && index + 1 < words.count {
            guard words[index + 1].lowercased() == hostname.lowercased() else { continue }
            let rest = words[(index + 2)...]
            guard let place = rest.firstIndex(of: "id"), place + 1 < words.count else { return nil }
            return QueueID(String(words[place + 1].prefix { $0 != ";" }))
        }
        return nil
    }
}
