// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import MailModel
import Synchronization

/// Tells what happens, line by line with the time since the start, and remembers which steps are done.
final class DemoStory: Sendable {
    private struct State {
        var open = Set(DemoStep.allCases)
        var received = 0
        var valid = 0
    }

    /// The steps that have been done.
    let done = Arrivals<DemoStep>()
    private let world: DemoWorld
    private let say: @Sendable (String) -> Void
    private let start: ContinuousClock.Instant
    private let state = Mutex(State())

    init(world: DemoWorld, say: @escaping @Sendable (String) -> Void) {
        self.world = world
        self.say = say
        start = .now
    }

    /// The steps that are not done yet, in their order.
    var missing: [DemoStep] {
        let open = state.withLock(\.open)
        return DemoStep.allCases.filter { open.contains($0) }
    }

    /// How many messages Exchange took, and how many of them have a valid signature.
    var totals: (received: Int, valid: Int) { state.withLock { ($0.received, $0.valid) } }

    /// The time since the start.
    var elapsed: String {
        let hundredths = (ContinuousClock.now - start).wholeMilliseconds / 10
        let fraction = hundredths % 100
        return "\(hundredths / 100).\(fraction < 10 ? "0" : "")\(fraction) s"
    }

    /// Prints one line.
    func tell(_ who: String, _ what: String) {
        let time = String(repeating: " ", count: max(0, 8 - elapsed.utf8.count)) + elapsed
        let name = who + String(repeating: " ", count: max(0, 9 - who.utf8.count))
        say("\(time)  \(name) \(what)")
    }

    /// Notes that a step is done.
    func finish(_ step: DemoStep) {
        guard state.withLock({ $0.open.remove(step) }) != nil else { return }
        done.add(step)
    }

    /// Waits until these steps are done.
    func await(_ steps: [DemoStep]) async throws {
        for step in steps { _ = try await done.first { $0 == step } }
    }

    /// Tells what happened at the provider.
    func tell(_ event: ProviderEvent) async {
        switch event {
        case .accepted(let original):
            let recipients = original.recipients.map(\.address.description).joined(separator: ", ")
            tell("provider", "certified \"\(original.subject)\" from \(original.sender) to \(recipients)")
            tell("", "as \(original.identifier)")
            finish(.submitted)
        case .notAccepted(let original, let faults):
            tell("provider", "took and did not accept \"\(original.subject)\": \(faults.joined(separator: "; "))")
        case .deposited(let kind, let address):
            tell("provider", "put \(kind.inWords) into the maildrop of \(address)")
        case .depositedRegistered(let form, let event, let address):
            tell("provider", "put a REM \(form.rawValue) (\(event.rawValue)) into the maildrop of \(address)")
        case .sentAway(let envelope):
            let recipients = envelope.recipients.map(\.address.description).joined(separator: ", ")
            tell("provider", "sent the transport envelope away to \(recipients), who have no mailbox here")
        case .retrieved(let address, let messages, let deleted):
            if messages > 0 { tell("gateway", "retrieved \(messages) message(s) of \(address) by POP3") }
            if deleted > 0 {
                tell("gateway", "deleted \(deleted) message(s) of \(address) at the provider: Exchange has them")
            }
            await noteEmptied()
        case .failed(let reason): tell("provider", "failed: \(reason)")
        }
    }

    private func noteEmptied() async {
        guard missing == [.emptied] else { return }
        for address in [DemoWorld.buyer, DemoWorld.supplier] {
            guard await world.provider.messages(for: address).isEmpty else { return }
        }
        finish(.emptied)
    }

    /// Tells what reached Exchange.
    func tell(_ message: ExchangeMessage) {
        let mailboxes = message.envelope.recipients.map(\.forwardPath.description).joined(separator: ", ")
        let what = message.kind?.inWords ?? "an ordinary message"
        tell("Exchange", "\(mailboxes) received \(what): \"\(message.subject)\"")
        tell("", "from \(EncodedWord.decode(message.header.first("From") ?? "nobody")), \(verdict(on: message))")
        if let step = DemoChapter.step(message) { finish(step) }
    }

    private func verdict(on message: ExchangeMessage) -> String {
        state.withLock { $0.received += 1 }
        guard let signed = SignedMessage(message.octets) else { return "not signed" }
        do {
            let check = try signed.verify(trusting: world.authority.root, at: world.clock.now())
            state.withLock { $0.valid += 1 }
            return "signature valid (\(check.signer ?? "no address"), \(check.digest))"
        } catch {
            return "SIGNATURE NOT VALID: \(error)"
        }
    }
}

extension NoticeKind {
    /// The kind in plain words, with its Italian name.
    var inWords: String {
        switch self {
        case .acceptance: "an acceptance receipt (ricevuta di accettazione)"
        case .nonAcceptance: "a non-acceptance notice (avviso di non accettazione)"
        case .transportEnvelope: "a certified message (busta di trasporto)"
        case .takeCharge: "a receipt of taking in charge (presa in carico)"
        case .delivery: "a delivery receipt (ricevuta di avvenuta consegna)"
        case .nonDelivery: "a non-delivery notice (avviso di mancata consegna)"
        case .nonDeliveryWarning: "a warning of late delivery (avviso di mancata consegna per superamento dei tempi)"
        case .virusDetection: "a notice of a virus (avviso di rilevazione virus)"
        case .anomaly: "an anomaly envelope (busta di anomalia)"
        }
    }
}
