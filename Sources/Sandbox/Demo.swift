// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

public import Logging
public import MailModel
public import NIOCore

/// The whole world on loopback: a gateway, a simulated certified provider and a simulated Exchange; it sends three
/// PECs and shows what becomes of them: one is delivered, one refused, one does not arrive.
public struct Demo: Sendable {
    /// How the demo runs.
    public struct Settings: Sendable {
        /// True ends it after the receipts; false goes on until the task is cancelled.
        public var endsAfterReceipts: Bool
        /// How long the story may take.
        public var limit = Duration.seconds(60)

        /// Settings.
        public init(endsAfterReceipts: Bool) {
            self.endsAfterReceipts = endsAfterReceipts
        }
    }

    private let settings: Settings
    private let start: DemoGateway.Start
    private let clock: any WallClock
    private let group: any EventLoopGroup
    private let logger: Logger
    private let say: @Sendable (String) -> Void
    /// Returns when the story has taken too long; a test knows better than a clock when that is.
    var expiry: @Sendable () async throws -> Void

    /// A demo.
    ///
    /// - Parameters:
    ///   - settings: how it runs.
    ///   - group: the event loops of provider and Exchange.
    ///   - clock: the time that certificates and receipts state.
    ///   - logger: the log of the simulated servers.
    ///   - say: prints a line of the story.
    ///   - start: starts the gateway by a configuration file.
    public init(
        settings: Settings,
        group: any EventLoopGroup,
        clock: any WallClock = SandboxClock(),
        logger: Logger,
        say: @escaping @Sendable (String) -> Void,
        start: @escaping DemoGateway.Start
    ) {
        self.settings = settings
        self.start = start
        self.clock = clock
        self.group = group
        self.logger = logger
        self.say = say
        expiry = { try await Task.sleep(for: settings.limit) }
    }

    /// Tells the story; when it does not end after the receipts, it returns once the task is cancelled.
    ///
    /// - Returns: the exit code: 0 when every step was done, 1 with words about the one that is missing.
    public func run() async -> Int32 {
        do {
            let directory = try DemoDirectory()
            let result: Int32
            do {
                result = try await run(in: directory)
            } catch {
                try directory.remove()
                throw error
            }
            try directory.remove()
            return result
        } catch is CancellationError {
            return 0
        } catch {
            say("The demo could not run: \(error)")
            return 1
        }
    }

    private func run(in directory: DemoDirectory) async throws -> Int32 {
        let world = try await DemoWorld.make(in: directory, clock: clock, group: group, logger: logger)
        let gateway = try await start(world.configurationPath)
        let story = DemoStory(world: world, say: say)
        introduce(world, gateway)
        let (events, arrivals) = (world.provider.events.stream(), world.exchange.messages.stream())
        return try await withThrowingTaskGroup(of: Int32.self) { tasks in
            tasks.addTask { try await Self.fail("the simulated provider", world.provider.run) }
            tasks.addTask { try await Self.fail("the simulated Exchange", world.exchange.run) }
            tasks.addTask { try await Self.fail("the gateway", gateway.run) }
            tasks.addTask {
                for await event in events { await story.tell(event) }
                throw CancellationError()
            }
            tasks.addTask {
                for await message in arrivals { story.tell(message) }
                throw CancellationError()
            }
            tasks.addTask { try await play(story, world, gateway) }
            defer { tasks.cancelAll() }
            return try await tasks.next() ?? 1
        }
    }

    /// Runs a server; that it ends before the story does is a failure.
    private static func fail(_ name: String, _ run: @Sendable () async throws -> Void) async throws -> Int32 {
        try await run()
        try Task.checkCancellation()
        throw SandboxError(.start, "\(name) has stopped", remedy: "Its log says why")
    }

    private func play(_ story: DemoStory, _ world: DemoWorld, _ gateway: DemoGateway) async throws -> Int32 {
        let isComplete = try await withThrowingTaskGroup(of: Bool.self) { tasks in
            tasks.addTask {
                for chapter in DemoChapter.allCases { try await play(chapter, story, world, gateway) }
                try await story.await([.emptied])
                return true
            }
            tasks.addTask {
                try await expiry()
                return false
            }
            defer { tasks.cancelAll() }
            return try await tasks.next() ?? false
        }
        conclude(story, isComplete: isComplete)
        let lines = try await gateway.tracking().lines
        if !lines.isEmpty {
            say("")
            say("What `ceralacca pec list` says of them:")
            for line in lines { say("  \(line)") }
        }
        guard !settings.endsAfterReceipts else { return isComplete ? 0 : 1 }
        explain(gateway)
        try await Task.sleep(for: .seconds(365 * 86_400))  // until the task is cancelled
        return 0
    }

    /// Sends the PEC of a chapter, and waits until all has come of it that the chapter tells.
    private func play(
        _ chapter: DemoChapter,
        _ story: DemoStory,
        _ world: DemoWorld,
        _ gateway: DemoGateway
    ) async throws {
        say("")
        say("\(chapter.title):")
        let now = clock.now()
        let mail = ExchangeMail(
            from: DemoWorld.buyer,
            to: [chapter.recipient],
            subject: chapter.subject,
            text: chapter.text,
            messageID: "\(String(UInt64.random(in: .min ... .max), radix: 36)).\(now.milliseconds)@azienda.example",
            date: now
        )
        story.tell("Exchange", "sends a PEC from \(mail.from) to \(chapter.recipient):")
        story.tell("", "\"\(mail.subject)\", \(ByteCount(octets: mail.octets.count))")
        let replies = try await world.exchange.send(mail.octets, envelope: mail.envelope, toPort: gateway.exchangePort)
        guard let reply = replies.first, reply.isPositive else {
            let reason = replies.first?.description ?? "no reply"
            throw SandboxError(
                .dialogue,
                "the gateway refused the message: \(reason)",
                remedy: "The gateway's log says why"
            )
        }
        story.finish(.handedOver)
        story.tell("gateway", "took it: \(reply)")
        try await story.await(chapter.steps)
        // A receipt moves its message in the commit that stores it: what Exchange has, tracking knows.
        let state = try await gateway.tracking().states[mail.messageID]
        story.tell("tracking", "\(chapter.recipient) is \(state ?? "not known")")
        if state == chapter.end.state { story.finish(chapter.end.step) }
    }
}

extension Demo {
    private func introduce(_ world: DemoWorld, _ gateway: DemoGateway) {
        say("Ceralacca demo: everything runs in this process, on loopback.")
        say("  provider  \(world.provider.profile.name): smtps://localhost:\(world.provider.submissionPort),")
        say(
            "            pop3s://localhost:\(world.provider.pop3Port), accounts \(DemoWorld.buyer), \(DemoWorld.supplier)"
        )
        say("  Exchange  smtp://127.0.0.1:\(world.exchange.port), mailboxes \(DemoWorld.buyerMailbox),")
        say("            \(DemoWorld.supplierMailbox)")
        say("  gateway   takes mail from Exchange on 127.0.0.1:\(gateway.exchangePort)")
    }

    private func conclude(_ story: DemoStory, isComplete: Bool) {
        say("")
        guard isComplete else {
            say("Not done within \(settings.limit). Missing:")
            for step in story.missing { say("  - \(step.rawValue)") }
            say("The gateway's log says what it was doing.")
            return
        }
        let totals = story.totals
        say(
            "Done in \(story.elapsed): \(DemoChapter.allCases.count) PECs sent: one delivered, one refused by the provider, one not"
        )
        say("delivered. \(totals.received) certified messages reached Exchange,")
        say("\(totals.valid) of \(totals.received) signatures valid; nothing is left at the provider.")
    }

    private func explain(_ gateway: DemoGateway) {
        let (port, from, to) = (gateway.exchangePort, DemoWorld.buyer, DemoWorld.supplier)
        say("")
        say("It goes on until Ctrl-C. Send a message of your own as Exchange would:")
        say("  swaks --server 127.0.0.1:\(port) --from \(from) --to \(to) --header 'Subject: Prova'")
        say("or by hand, with `nc -C 127.0.0.1 \(port)`, a line at a time:")
        say("  EHLO exchange.azienda.example")
        say("  MAIL FROM:<\(from)>")
        say("  RCPT TO:<\(to)>")
        say("  DATA")
        say("  From: \(from)")
        say("  To: \(to)")
        say("  Subject: Prova")
        say("")
        say("  Buongiorno.")
        say("  .")
        say("  QUIT")
        say("What arrives is shown here:")
    }
}
