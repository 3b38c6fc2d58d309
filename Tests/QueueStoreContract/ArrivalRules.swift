// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import MailModel
import MailQueue

import struct NIOCore.ByteBuffer

extension QueueStoreContract {
    static let arrivalRules = [
        Rule("what is inserted comes back with every fact") { open in
            let store = try await open()
            let arrival = fullArrival
            try await store.insert(arrival)
            guard let entry = try await store.entry(arrival.message.id) else {
                throw Violation(description: "no entry")
            }
            try expectEqual(entry.message, arrival.message)
            try expectEqual(entry.recipients, arrival.recipients)
            try expect(entry.history.isEmpty, "a history before the first attempt")
            await store.close()
        },
        Rule("a null reverse-path and absent facts come back as such") { open in
            let store = try await open()
            var arrival = Sample.arrival()
            arrival.message.reversePath = .null
            arrival.message.reportTo = []
            try await store.insert(arrival)
            try expectEqual(try await store.entry(arrival.message.id)?.message, arrival.message)
            await store.close()
        },
        Rule("a message without recipients is refused") { open in
            let store = try await open()
            let arrival = Sample.arrival(recipients: [])
            try await expectError(.notAllowed) { try await store.insert(arrival) }
            try expect(try await store.entry(arrival.message.id) == nil, "it was stored")
            await store.close()
        },
        Rule("a body comes back octet for octet, whatever its size and however it was handed over") { open in
            let store = try await open()
            for size in [0, 1, 10_000, store.inlineLimit, store.inlineLimit + 1, 3_000_000] {
                var arrival = Sample.arrival()
                let octets = Sample.octets(size)
                arrival.message.size = size
                arrival.body = .octets(octets)
                try await store.insert(arrival)
                let reader = try await store.readBody(arrival.message.id)
                try expectEqual(reader.size, size)
                try expect(try await Sample.readAll(reader) == octets, "\(size) octets came back changed")
            }
            await store.close()
        },
        Rule("trace fields stand in front of a body of any size, at once and after a restart") { open in
            for size in [0, 1, 10_000, 3_000_000] {
                let first = try await open()
                var arrival = Sample.arrival()
                arrival.message.trace = "X-A: è\r\nX-B: c\r\n"
                arrival.message.size = arrival.message.trace.utf8.count + size
                arrival.body = .octets(Sample.octets(size))
                try await first.insert(arrival)
                var expected = ByteBuffer(string: arrival.message.trace)
                expected.writeImmutableBuffer(Sample.octets(size))
                var read = try await Sample.readAll(try await first.readBody(arrival.message.id), pieces: 70_000)
                try expect(read == expected, "\(size) octets came back changed")
                await first.close()
                let second = try await open()
                let reader = try await second.readBody(arrival.message.id)
                try expectEqual(reader.size, arrival.message.size)
                read = try await Sample.readAll(reader, pieces: 70_000)
                try expect(read == expected, "\(size) octets came back changed after a restart")
                await second.close()
            }
        },
        Rule("a body written in pieces comes back octet for octet") { open in
            let store = try await open()
            let octets = Sample.octets(2_345_678)
            let body = try await write(octets, store)
            try expectEqual(body.size, octets.readableBytes)
            var arrival = Sample.arrival()
            arrival.body = .stored(body)
            arrival.message.size = body.size
            try await store.insert(arrival)
            let read = try await Sample.readAll(try await store.readBody(arrival.message.id), pieces: 100_000)
            try expect(read == octets, "came back changed")
            await store.close()
        },
        Rule("a reader that was closed throws, and an unknown message has no body") { open in
            let store = try await open()
            for size in [10, 1_000_000] {
                var arrival = Sample.arrival()
                arrival.body = .octets(Sample.octets(size))
                try await store.insert(arrival)
                let reader = try await store.readBody(arrival.message.id)
                await reader.close()
                try await expectError(.notAllowed) { _ = try await reader.read(upTo: 10) }
            }
            try await expectError(.notFound) { _ = try await store.readBody(QueueID(arrival: Sample.start)) }
            await store.close()
        },
        Rule("a body that was abandoned cannot become a message's") { open in
            let store = try await open()
            let writer = try await store.makeBodyWriter()
            try await writer.write(Sample.octets(600_000))
            await writer.abandon()
            await writer.abandon()
            try await expectError(.notAllowed) { try await writer.write(Sample.octets(600_000)) }
            await store.close()
        },
        Rule("there is room for nothing, and none for more than any disk") { open in
            let store = try await open()
            try await store.checkRoom(for: 0)
            try await expectError(.full) { try await store.checkRoom(for: 1 << 60) }
            await store.close()
        },
        Rule("a store that is closed says unavailable") { open in
            let store = try await open()
            await store.close()
            try await expectError(.unavailable) { try await store.insert(Sample.arrival()) }
        },
    ]

    static func write(_ octets: ByteBuffer, _ store: any WholeStore) async throws -> StoredBody {
        let writer = try await store.makeBodyWriter()
        var rest = octets
        while rest.readableBytes > 0, let piece = rest.readSlice(length: min(70_000, rest.readableBytes)) {
            try await writer.write(piece)
        }
        return try await writer.finish()
    }

    private static var fullArrival: Arrival {
        let odd = AddrSpec(localPart: "rossi \"mario\" @casa", domain: "[192.0.2.1]")
        let accented = AddrSpec(localPart: "però", domain: "città.it")
        let message = QueuedMessage(
            id: QueueID(arrival: Sample.start),
            origin: .account("azienda@pec.example.it"),
            arrival: Sample.start,
            reversePath: .mailbox(odd),
            reportTo: [accented, odd],
            returnContent: .headers,
            envelopeID: "QQ=1 è",
            requiresSMTPUTF8: true,
            isEightBit: true,
            hasBareLineEnds: true,
            size: 13,
            trace: "X-A: è\r\n",
            headerFrom: "\"Però\" <x@y.it>",
            subject: "=?utf-8?Q?x?=",
            messageID: "a@b",
            routeReason: "header From is the account"
        )
        let recipients = [
            QueuedRecipient(
                number: 0,
                recipient: EnvelopeRecipient(odd, notify: .never),
                route: .account("azienda@pec.example.it"),
                nextAttempt: Sample.start
            ),
            QueuedRecipient(
                number: 1,
                recipient: EnvelopeRecipient(
                    accented,
                    notify: [.success, .delay],
                    originalRecipient: "utf-8;però@città.it"
                ),
                route: .internet,
                state: .held,
                nextAttempt: Sample.start + .seconds(5),
                attempts: 3,
                lastReply: "450 no",
                isDelayReported: true
            ),
        ]
        return Arrival(message: message, recipients: recipients, body: .octets(ByteBuffer(string: "abcd")))
    }
}
