// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

public import MailModel
import MailQueue
public import MailTransport
import NIOCore
import ScannerProtocols

/// A milter, which sees a message once, when it is whole, over a connection of its own (milter protocol 6).
///
/// One message a connection is what every milter knows; a verdict over an envelope that is complete may be about any part of it.
public struct MilterScanner: MessageScanner {
    /// `milter-opendkim` for `unix:/run/opendkim/opendkim.sock`, `milter-8891` for `tcp:127.0.0.1:8891`.
    public let name: String
    /// Whatever it likes.
    public let role = ScannerRole.milter
    /// Its socket.
    public var address: String { "\(service)" }

    private let service: ServiceAddress
    private let connector: MailConnector
    private let times: ScannerTimes

    /// For how long a milter may say that it is at work still.
    private static let patience = Duration.seconds(300)

    /// The milter that listens at `service`.
    public init(_ service: ServiceAddress, name: String? = nil, connector: MailConnector, times: ScannerTimes = .init())
    {
        self.service = service
        self.name = name ?? Self.name(of: service)
        self.connector = connector
        self.times = times
    }

    /// The milters that listen at `services`, each by a name of its own.
    public static func all(_ services: [ServiceAddress], connector: MailConnector) -> [MilterScanner] {
        zip(services, names(services)).map { MilterScanner($0, name: $1, connector: connector) }
    }

    /// Their names.
    public static func names(_ services: [ServiceAddress]) -> [String] {
        var seen: [String: Int] = [:]
        return services.map { service in
            let name = name(of: service)
            let count = seen[name, default: 0] + 1
            seen[name] = count
            return count == 1 ? name : "\(name)-\(count)"
        }
    }

    private static func name(of service: ServiceAddress) -> String {
        switch service {
        case .tcp(_, let port): return "milter-\(port)"
        case .unix(let path):
            let file = path.split(separator: "/").last ?? ""
            let stem = file.prefix { $0 != "." }.filter {
                $0.isASCII && ($0.isLetter || $0.isNumber || "-_".contains($0))
            }
            return stem.isEmpty ? "milter" : "milter-\(stem)"
        }
    }

    /// Shows it the message.
    public func scan(_ subject: ScanSubject, _ content: ScannedContent) async throws(ScannerError) -> ScanResult {
        let dialogue = MilterDialogue(connection: try await connect(), times: times, patience: Self.patience)
        let limits = MilterMachine.Limits(messageOctets: content.octets)
        let machine = MilterMachine(MilterTransaction(subject), limits: limits)
        var body = BodyBuilder(store: content.store)
        do throws(ScannerError) {
            let keeps = subject.allowsReplacement
            let verdict = try await dialogue.run(machine, content.pieces(from: subject.header.octets)) {
                piece throws(ScannerError) in if keeps { try await body.append(piece) }
            }
            var edits = Self.edits(verdict)
            if verdict.replacesBody {
                // Where it may not be replaced there is nothing to write, and the editor says so.
                edits.append(.replaceBody(try await body.finish().body))
            } else {
                await body.abandon()
            }
            return ScanResult(Self.action(verdict), words: Self.words(verdict), edits: edits)
        } catch {
            await body.abandon()
            throw error
        }
    }

    /// The protocol that it speaks and what it may change.
    public func check() async throws(ScannerError) -> String {
        let dialogue = MilterDialogue(connection: try await connect(), times: times, patience: Self.patience)
        let (version, actions) = try await dialogue.greet()
        let words = actions.words.isEmpty ? "nothing" : actions.words.joined(separator: ", ")
        return "milter protocol \(version); it may \(words)"
    }

    /// Nothing is kept.
    public func close() async {}

    private func connect() async throws(ScannerError) -> MailConnection {
        do { return try await connector.connect(to: service, within: times.connect) } catch {
            throw ScannerError("\(error)")
        }
    }

    // MARK: The verdict

    private static func action(_ verdict: MilterVerdict) -> ScanResult.Action {
        switch verdict.decision {
        case .pass: verdict.quarantine == nil ? .pass : .quarantine
        case .reject(let reply): .reject(reply)
        case .postpone(let reply): .postpone(reply)
        case .discard: .discard
        }
    }

    private static func words(_ verdict: MilterVerdict) -> String {
        switch verdict.decision {
        case .pass: verdict.quarantine ?? ""
        case .reject(let reply), .postpone(let reply): "\(reply)"
        case .discard: "discard"
        }
    }

    /// Fields go on top, wherever the milter wanted them: those that are inserted stand above those that are added (P3).
    private static func edits(_ verdict: MilterVerdict) -> [MessageEdit] {
        var (inserted, others): ([MessageEdit], [MessageEdit]) = ([], [])
        for change in verdict.changes {
            switch change {
            case .addField(let name, let body): others.append(.addField(name: name, body: body))
            case .insertField(_, let name, let body): inserted.insert(.addField(name: name, body: body), at: 0)
            case .changeField(let name, let occurrence, let body):
                let place = max(1, occurrence)
                others.append(
                    body.isEmpty
                        ? .removeField(name: name, occurrence: place)
                        : .changeField(name: name, occurrence: place, body: body)
                )
            case .addRecipient(let address): others.append(.addRecipient(address))
            case .removeRecipient(let address): others.append(.removeRecipient(address))
            case .changeSender(let path): others.append(.changeSender(path))
            }
        }
        return inserted + others
    }
}

extension MilterTransaction {
    /// What is told of a message. The header is its own, behind the fields that scanners before this one added.
    ///
    /// | macro | value |
    /// | --- | --- |
    /// | `j` `v` | the gateway's name; `Ceralacca` |
    /// | `{daemon_name}` | how the message came: `internet`, `exchange`, `provider`, `retrieval` |
    /// | `{client_addr}` `{client_name}` `{client_ptr}` | the client; nothing when it was retrieved |
    /// | `{tls_version}` `{auth_authen}` | of the client |
    /// | `i` `{mail_addr}` `{rcpt_addr}` | the identifier in log and listings; the envelope |
    fileprivate init(_ subject: ScanSubject) {
        let address = subject.client?.address ?? ""
        let client = subject.client.map {
            Client(name: $0.reverseName ?? "[\($0.address)]", address: $0.address, helo: $0.name)
        }
        let added = subject.addedFields.map { Self.field(ByteBuffer(string: $0)) }
        self.init(
            client: client,
            reversePath: "\(subject.reversePath)",
            recipients: subject.recipients.map { "\($0.forwardPath)" },
            fields: added + subject.header.fields.map { Self.field($0.written) }
        )
        connectMacros = [("j", subject.hostname), ("v", "Ceralacca"), ("{daemon_name}", subject.entrance)]
        if let client {
            let pointer = subject.client?.reverseName ?? "unknown"
            connectMacros += [("{client_addr}", address), ("{client_name}", client.name), ("{client_ptr}", pointer)]
        }
        if let version = subject.client?.tlsVersion { heloMacros = [("{tls_version}", version)] }
        mailMacros = [("i", "\(subject.id)"), ("{mail_addr}", "\(subject.reversePath)")]
        if let login = subject.client?.authenticated { mailMacros.append(("{auth_authen}", login)) }
        endMacros = [("i", "\(subject.id)")]
    }

    /// Name and body of a field as it is written; its folds are LF, as milters expect them.
    private static func field(_ written: ByteBuffer) -> Field {
        let octets = written.readableBytesView
        let colon = octets.firstIndex(of: UInt8(ascii: ":")) ?? octets.endIndex
        var name = octets[..<colon]
        while let last = name.last, last == 0x20 || last == 0x09 { name = name.dropLast() }
        var body: [UInt8] = []
        for octet in octets[colon...].dropFirst() {
            if octet == 0x0A, body.last == 0x0D { body.removeLast() }
            body.append(octet)
        }
        if body.last == 0x0A { body.removeLast() }
        return Field(name: Array(name), body: body)
    }
}
