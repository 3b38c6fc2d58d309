// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import MailModel
import MailQueue

extension QueueStoreContract {
    static let ledgerRules = [
        Rule("an account's standing adds up; success ends the error of its kind") { open in
            let store = try await open()
            let account = "azienda@pec.example.it"
            try expectEqual(try await store.standings(), [:])
            let later = Sample.start + .seconds(1)
            try await store.record(.fetchFailed(at: Sample.start, error: "-ERR no"), account: account)
            try await store.record(.submissionFailed(at: Sample.start, error: "535 no"), account: account)
            try expectEqual(
                try await store.standings()[account],
                AccountStanding(
                    fetchError: "-ERR no",
                    fetchErrorAt: Sample.start,
                    submissionError: "535 no",
                    submissionErrorAt: Sample.start
                )
            )
            try await store.record(.fetched(at: later, messages: 2, octets: 300, inMaildrop: 7), account: account)
            try await store.record(
                .fetched(at: later, messages: 1, octets: 50, inMaildrop: 8, leftBehind: 2),
                account: account
            )
            try await store.record(.submitted(at: later, messages: 4), account: account)
            try await store.record(.submitted(at: later, messages: 1), account: account)
            try expectEqual(
                try await store.standings(),
                [
                    account: AccountStanding(
                        lastFetch: later,
                        lastSubmission: later,
                        fetchedMessages: 3,
                        fetchedOctets: 350,
                        submittedMessages: 5,
                        inMaildrop: 8,
                        leftBehind: 2
                    )
                ]
            )
            await store.close()
        },
        Rule("a request to fetch is served once") { open in
            let store = try await open()
            let other = try await open()
            try await store.requestFetch(account: "a@pec.example.it", now: Sample.start)
            try await store.requestFetch(account: "a@pec.example.it", now: Sample.start + .seconds(1))
            try await store.requestFetch(account: "b@pec.example.it", now: Sample.start + .seconds(1))
            try expectEqual(try await other.takeFetchRequests(), ["a@pec.example.it", "b@pec.example.it"])
            try expectEqual(try await store.takeFetchRequests(), [])
            await store.close()
            await other.close()
        },
        Rule("an alert begins once and ends once, each with its notice") { open in
            let store = try await open()
            let alert = Alert(key: "k", since: Sample.start, summary: "s", affects: "a", remedy: "r")
            let began = Sample.arrival(origin: .notice)
            let again = Sample.arrival(origin: .notice)
            let ended = Sample.arrival(origin: .notice)
            try expectEqual(try await store.raise(alert, notice: began), true)
            try expectEqual(try await store.raise(alert, notice: again), false)
            try expectEqual(try await store.openAlerts(), [alert])
            try expectEqual(try await store.clear(key: "other") { _ in again }, nil)
            try expectEqual(try await store.clear(key: "k") { $0 == alert ? ended : nil }, alert)
            try expectEqual(try await store.clear(key: "k") { _ in again }, nil)
            try expectEqual(try await store.openAlerts(), [])
            try expectEqual(
                Set(try await store.list(.all, limit: 9).map(\.message.id)),
                [began.message.id, ended.message.id]
            )
            await store.close()
        },
    ]

    static let crashRules = [
        Rule("after a restart everything is as it was when it was acknowledged") { open in
            for state in RecipientState.allCases {
                let first = try await open()
                let id = try await Sample.message(in: state, first)
                let before = try await first.entry(id)
                await first.close()
                let second = try await open()
                let after = try await second.entry(id)
                try expectEqual(after?.message, before?.message)
                try expectEqual(after?.recipients, before?.recipients, "\(state)")
                if !state.isFinal { _ = try await Sample.readAll(try await second.readBody(id)) }
                await second.close()
            }
        },
        Rule("at start a gateway gives back its own leases and no others: leased waits, submitting is uncertain") {
            open in
            let first = try await open()
            let leased = try await Sample.message(in: .leased, first)
            let submitting = try await Sample.message(in: .submitting, first)
            let foreign = Sample.arrival(recipients: [Sample.recipient(route: .internet)])
            try await first.insert(foreign)
            let other = Lease(owner: "two", until: Sample.start + .seconds(60))
            _ = try await first.claim(.internet, limit: 1, now: Sample.start, lease: other)
            await first.close()

            let second = try await open()
            let now = Sample.start + .seconds(10)
            try expectEqual(try await second.recover(owner: "one", now: now), [submitting])
            try expectEqual(try await second.recover(owner: "one", now: now), [])
            try expectEqual(try await second.entry(leased)?.recipients[0].state, .waiting)
            try expectEqual(try await second.entry(leased)?.recipients[0].nextAttempt, now)
            try expectEqual(try await Sample.state(of: submitting, second), .uncertain)
            try expectEqual(try await Sample.state(of: foreign.message.id, second), .leased)
            await second.close()
        },
        Rule("at start a gateway gives back what its claims held, and not those of one with a longer name") { open in
            let store = try await open()
            var ids: [QueueID] = []
            for owner in ["one#a-1", "one#a-2", "one-more#a-1", "one%"] {
                let arrival = Sample.arrival(recipients: [Sample.recipient()])
                try await store.insert(arrival)
                ids.append(arrival.message.id)
                let lease = Lease(owner: owner, until: Sample.start + .seconds(60))
                _ = try await store.claim(.exchange, limit: 1, now: Sample.start, lease: lease)
            }
            try await store.beginSubmission(
                ids[1],
                numbers: [0],
                lease: Lease(owner: "one#a-2", until: Sample.start + .seconds(60))
            )
            try expectEqual(try await store.recover(owner: "one", now: Sample.start), [ids[1]])
            let expected: [RecipientState] = [.waiting, .uncertain, .leased, .leased]
            for (id, state) in zip(ids, expected) { try expectEqual(try await Sample.state(of: id, store), state) }
            await store.close()
        },
        Rule("a message handed to a gateway that died is delivered by another after its lease") { open in
            let first = try await open()
            let id = try await Sample.message(in: .leased, first)
            let second = try await open()
            let other = Lease(owner: "two", until: Sample.start + .seconds(200))
            let claims = try await second.claim(.exchange, limit: 9, now: Sample.start + .seconds(61), lease: other)
            try expectEqual(claims.map(\.message.id), [id])
            try await second.settle(Sample.settlement(id, .delivered, owner: "two"))
            try expectEqual(try await Sample.state(of: id, first), .delivered)
            await first.close()
            await second.close()
        },
    ]
}
