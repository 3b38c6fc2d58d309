// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import Logging
import MailModel
import MailQueue
import SMTPProtocol
import Synchronization

import struct NIOCore.ByteBuffer

extension DeliveryLane {
    /// A mail transaction to be made: recipients by their places in the claim.
    struct PlannedTransaction {
        var members: [Int]
        /// True when it was tried on a session that turned out to be dead.
        var isRetry = false
        /// True when another server of the lane had no resources for it.
        var isFailover = false
    }

    /// One worker: delivers jobs one after the other over one session, until there are none.
    func work() async {
        var session: LaneSession?
        while true {
            let (job, claimsMore) = state.withLock { $0.takeJob() }
            if claimsMore { look() }
            guard let job else { break }
            session = await deliver(job, over: session)
        }
        if let session { park(session) }
        noteProgress()
    }

    private func deliver(_ job: LaneJob, over first: LaneSession?) async -> LaneSession? {
        var session = first
        guard let (target, tuning) = state.withLock({ state in state.target.map { ($0, state.tuning) } }) else {
            giveBack(job, state.withLock { $0.missing }, until: context.clock.now() + .seconds(1))
            return session
        }
        guard await stillHolds(job, tuning) else { return session }
        var plans: [PlannedTransaction] = []
        switch TransactionPlan.make(job.claim, target: target, most: tuning.recipients) {
        case .refused(let reply):
            let events = job.claim.recipients.indices.map { ($0, OutcomeJudge.Event.answered(reply)) }
            record(job, events, AttemptFacts(), isLast: true)
        case .transactions(let groups): plans = groups.map { PlannedTransaction(members: $0) }
        }
        // The claim took the allowance of one transaction; each further one takes its own.
        var hasAllowance = true
        while !plans.isEmpty {
            guard await stillHolds(job, tuning) else { break }
            hasAllowance = takeAllowance(hasAllowance)
            guard hasAllowance else {
                giveBackRest(job, plans, "the provider's limit of messages a minute is reached")
                break
            }
            let plan = plans.removeFirst()
            let isStopping = state.withLock { $0.isStopping }
            let acquired = isStopping ? await dismiss(session) : await fitSession(session, fresh: plan.isRetry)
            guard case .session(var current) = acquired else {
                session = nil
                giveBackRest(job, [plan] + plans, acquired)
                break
            }
            let now = context.clock.now()
            let isWarm = now - current.lastUsed < .seconds(2)
            current.lastUsed = now
            let wasUsed = current.transactions > 0
            current.transactions += 1
            let sending = Sending(
                job: job,
                plan: plan,
                target: target,
                tuning: tuning,
                wasUsed: wasUsed,
                isWarm: isWarm
            )
            let again = await transmit(sending, over: current, isLast: plans.isEmpty)
            hasAllowance = again.first?.isRetry ?? false
            plans.insert(contentsOf: again, at: 0)
            session = await current.session.isUsable ? current : nil
        }
        if hasAllowance { state.withLock { $0.giveBackAllowance() } }
        return session
    }

    /// True when a transaction may be sent now as far as the provider's limit of messages goes.
    private func takeAllowance(_ hasOne: Bool) -> Bool {
        let now = context.clock.now()
        return hasOne || state.withLock { $0.takeAllowance(now: now) }
    }

    /// False when the claim's lease has ended: another gateway may have the message by now, so it is dropped here.
    private func stillHolds(_ job: LaneJob, _ tuning: DeliveryTuning) async -> Bool {
        let now = context.clock.now()
        let held = state.withLock { $0.held[job.token] }
        if let held, !held.isLost {
            guard held.claim.lease.until - now < tuning.lease / 10 else { return true }
            if await renew(job.token, held.claim, until: now + tuning.lease) { return true }
        }
        state.withLock { $0.drop(job.token) }
        noteProgress()
        return false
    }

    private func fitSession(_ session: LaneSession?, fresh: Bool) async -> Acquired {
        guard let session else { return await acquire(fresh: fresh) }
        let now = context.clock.now()
        if !fresh, state.withLock({ $0.isFit(session, now: now) }) { return .session(session) }
        retire(session)
        return await acquire(fresh: fresh)
    }

    /// Ends the session of a worker that must stop between two transactions.
    private func dismiss(_ session: LaneSession?) async -> Acquired {
        if let session { retire(session) }
        return .none
    }

    /// What becomes of the rest of a job without a session.
    private func giveBackRest(_ job: LaneJob, _ plans: [PlannedTransaction], _ acquired: Acquired) {
        let event: OutcomeJudge.Event
        switch acquired {
        case .session, .none: return giveBackRest(job, plans)
        case .refused(let reply): event = .answered(reply)
        case .unanswered(let words): event = .unanswered(words)
        case .later(let words, let until): event = .notTried(words, until: until)
        }
        record(job, plans.flatMap(\.members).map { ($0, event) }, AttemptFacts(), isLast: true)
    }

    private func giveBackRest(_ job: LaneJob, _ plans: [PlannedTransaction], _ words: String? = nil) {
        let now = context.clock.now()
        let (reason, until) = state.withLock { state in
            (words ?? (state.isStopping ? "" : state.gate.reason), state.returnTime(now: now))
        }
        let members = plans.flatMap(\.members)
        record(job, members.map { ($0, .notTried(reason, until: until)) }, AttemptFacts(), isLast: true)
    }

    // MARK: One transaction

    struct Sending {
        let job: LaneJob
        let plan: PlannedTransaction
        let target: LaneTarget
        let tuning: DeliveryTuning
        /// True when the session had a transaction before.
        let wasUsed: Bool
        /// True when the session was used a moment ago, so that the server hardly has ended it: the content of a BDAT may go before
        /// any reply. On a cold one the loss of that flight would leave a doubt.
        let isWarm: Bool
    }

    /// Makes one transaction and records what came of it.
    /// - Returns: transactions that are to follow at once for the same recipients.
    private func transmit(
        _ sending: Sending,
        over current: LaneSession,
        isLast: Bool
    ) async -> [PlannedTransaction] {
        let session = current.session
        let began = ContinuousClock.now
        let result: Result<SMTPTransactionResult, SMTPClientError>
        do throws(SMTPClientError) {
            result = .success(try await send(sending, over: session))
        } catch {
            result = .failure(error)
        }
        let facts = AttemptFacts(
            server: session.peer,
            duration: ContinuousClock.now - began,
            offersDSN: session.capabilities.deliveryStatusNotification
        )
        switch result {
        case .success(let result): return answered(result, sending, current, facts, isLast)
        case .failure(let error): return await failed(error, sending, current, facts, isLast)
        }
    }

    private func send(
        _ sending: Sending,
        over session: SMTPClientSession
    ) async throws(SMTPClientError) -> SMTPTransactionResult {
        let (message, claim) = (sending.job.claim.message, sending.job.claim)
        let members = sending.plan.members
        let age = context.clock.now() - message.arrival
        let transaction = SMTPTransaction(
            envelope: Envelope(
                reversePath: message.reversePath,
                recipients: members.map { claim.recipients[$0].recipient },
                returnContent: message.returnContent,
                envelopeID: message.envelopeID,
                requiresSMTPUTF8: message.requiresSMTPUTF8,
                isEightBit: message.isEightBit
            ),
            size: message.size,
            hasBareLineEnds: message.hasBareLineEnds,
            holdsOnTransientRecipient: sending.target.isCertified && age < sending.tuning.certifiedHold,
            joinsContent: sending.isWarm
        )
        let content = try await content(of: message)
        var beforeEnd: SMTPClientSession.BeforeEnd?
        if sending.target.isCertified {
            let numbers = members.map { claim.recipients[$0].number }
            let token = sending.job.token
            beforeEnd = { accepted throws(QueueError) in
                let lease = self.state.withLock { $0.held[token]?.claim.lease ?? claim.lease }
                do throws(QueueError) {
                    try await self.context.store.beginSubmission(
                        message.id,
                        numbers: accepted.map { numbers[$0] },
                        lease: lease
                    )
                } catch {
                    if error.code == .notAllowed { self.state.withLock { $0.lose(token) } }
                    throw error
                }
            }
        }
        let worker = state.withLock { state in
            let key = (state.active.keys.max() ?? 0) + 1
            state.active[key] = session
            return key
        }
        defer { state.withLock { $0.active[worker] = nil } }
        let answer: Result<SMTPTransactionResult, SMTPClientError>
        do throws(SMTPClientError) {
            answer = .success(try await session.send(transaction, content: content, beforeEnd: beforeEnd))
        } catch {
            answer = .failure(error)
        }
        if case .reader(let reader) = content { await reader.close() }
        return try answer.get()
    }

    /// The octets of the message: in memory when it is small.
    private func content(of message: QueuedMessage) async throws(SMTPClientError) -> SMTPClientSession.Content {
        do {
            let reader = try await context.store.readBody(message.id)
            guard message.size <= context.store.inlineLimit else { return .reader(reader) }
            var octets = ByteBuffer()
            while let piece = try await reader.read(upTo: message.size) {
                if octets.readableBytes == 0 { octets = piece } else { octets.writeImmutableBuffer(piece) }
                if octets.readableBytes >= message.size { break }
            }
            await reader.close()
            return .octets(octets)
        } catch {
            throw SMTPClientError(.content, "the content could not be read: \(error)")
        }
    }

    private func answered(
        _ result: SMTPTransactionResult,
        _ sending: Sending,
        _ current: LaneSession,
        _ facts: AttemptFacts,
        _ isLast: Bool
    ) -> [PlannedTransaction] {
        let members = sending.plan.members
        if let again = notedTrouble(result, sending, current) { return [again] }
        var events: [(Int, OutcomeJudge.Event)] = []
        var alone: [PlannedTransaction] = []
        let mayDivide = !sending.target.isCertified && members.count > 1
        for (member, answer) in zip(members, result.answers) {
            if mayDivide, answer.stage == .endOfData, ReplyVerdict(answer.reply) == .permanent {
                alone.append(PlannedTransaction(members: [member]))
            } else {
                events.append((member, .answered(answer.reply)))
            }
        }
        if !events.isEmpty { record(sending.job, events, facts, isLast: isLast && alone.isEmpty) }
        return alone
    }

    private func failed(
        _ error: SMTPClientError,
        _ sending: Sending,
        _ current: LaneSession,
        _ facts: AttemptFacts,
        _ isLast: Bool
    ) async -> [PlannedTransaction] {
        let session = current.session
        let id = sending.job.claim.message.id
        let metadata: Logger.Metadata = ["queueID": "\(id)", "peer": "\(session.peer)", "error": "\(error.message)"]
        let event: OutcomeJudge.Event
        switch error.code {
        case .lostBeforeEndOfData where sending.wasUsed && !sending.plan.isRetry:
            logger.info("the server had ended a kept session; the message goes by another", metadata: metadata)
            return [PlannedTransaction(members: sending.plan.members, isRetry: true)]
        case .lostAfterEndOfData where sending.target.isCertified:
            event = .uncertain("no reply to the end of data: \(error.message)")
        case .lostAfterEndOfData:
            logger.warning("reply to end of data lost; the message will be sent again", metadata: metadata)
            event = .unanswered("reply to end of data lost: \(error.message)")
        case .content:
            logger.error("the queue could not support a delivery", metadata: metadata)
            event = .notTried(error.message, until: context.clock.now() + sending.tuning.sweep)
        case .lostBeforeEndOfData, .protocolViolation, .unreachable, .greeting, .tls, .loginRefused, .loginDeferred,
            .loginUnavailable, .passwordUnavailable, .signInNeeded:
            let isStopping = state.withLock { $0.isStopping }
            event = isStopping ? .notTried(error.message, until: context.clock.now()) : .unanswered(error.message)
        }
        noteLoss(error, sending, current)
        let refusals = await session.refusals
        let events = sending.plan.members.enumerated().map { place, member in
            (member, refusals[place].map { OutcomeJudge.Event.answered($0) } ?? event)
        }
        record(sending.job, events, facts, isLast: isLast)
        return []
    }
}
