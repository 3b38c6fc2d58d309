// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import Logging
import MailModel
import NameResolution
import SenderScreening
import Synchronization

@testable import SMTPServer

/// A clock that a test moves.
final class HandClock: WallClock {
    private let moment = Mutex(Timestamp(milliseconds: 1_790_000_000_000))

    func now() -> Timestamp { moment.withLock { $0 } }
    func advance(_ time: Duration) { moment.withLock { $0 = $0 + time } }
}

/// A DNS whose servers are silent: a question ends when nobody waits for it any more.
struct SilentDNS: NameResolving {
    func resolve(_ name: String, _ type: DNSRecordType) async throws(NameResolutionError) -> DNSAnswer {
        do { try await Task.sleep(for: .seconds(3600)) } catch {
            // Nobody waits.
        }
        throw NameResolutionError(.timedOut, "\(name): silence")
    }
}

/// A DNS that answers from a list, in the form of the wire.
struct ListedDNS: NameResolving {
    var records: [String: [[UInt8]]]

    func resolve(_ name: String, _ type: DNSRecordType) async throws(NameResolutionError) -> DNSAnswer {
        DNSAnswer(records: records["\(name) \(type)"] ?? [], canonicalName: name)
    }

    static func wire(_ name: String) -> [UInt8] {
        name.split(separator: ".").flatMap { [UInt8($0.utf8.count)] + Array($0.utf8) } + [0]
    }
}

let noLog = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

func makeScreen(
    clock: HandClock = HandClock(),
    resolver: (any NameResolving)? = nil,
    _ configure: (inout ScreeningRules) -> Void = { _ in }
) -> SenderScreen {
    var rules = ScreeningRules()
    configure(&rules)
    return SenderScreen(rules: rules, resolver: resolver, clock: clock, logger: noLog)
}

func networks(_ texts: String...) -> [Network] { texts.compactMap { Network($0) } }

/// The header of a proxy for a client at an IPv4 address.
func proxyHeader(_ client: String, tlvs: [UInt8] = []) -> [UInt8] {
    let signature: [UInt8] = [13, 10, 13, 10, 0, 13, 10, 0x51, 0x55, 0x49, 0x54, 10]
    let source = IPAddress.parse(client) ?? []
    let body =
        source + (source.count == 4 ? [127, 0, 0, 1] : [UInt8](repeating: 0, count: 16)) + [0x9C, 0x40, 0, 25] + tlvs
    return signature + [0x21, source.count == 4 ? 0x11 : 0x21, UInt8(body.count >> 8), UInt8(body.count & 0xFF)] + body
}
