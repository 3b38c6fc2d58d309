// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import MailModel
import MailQueue

extension QueueStoreContract {
    static let journalRules = [
        Rule("a server's standing is seen by other processes; a state that goes on keeps its beginning") { open in
            let store = try await open()
            let other = try await open()
            try expectEqual(try await other.serverStandings(), [])
            func standing(
                _ server: String,
                _ error: String?,
                _ seconds: Int,
                _ route: Route = .exchange
            )
                -> ServerStanding
            {
                let moment = Sample.start + .seconds(seconds)
                return ServerStanding(route: route, server: server, error: error, since: moment, seen: moment)
            }
            let account = standing("smtps://a:465", nil, 0, .account("a@pec.example.it"))
            try await store.record([standing("smtp://b:25", nil, 0), standing("smtp://a:25", "refused", 0), account])
            try await store.record([standing("smtp://a:25", "timed out", 5), standing("smtp://b:25", "421", 6)])
            var goesOn = standing("smtp://a:25", "timed out", 0)
            goesOn.seen = Sample.start + .seconds(5)
            try expectEqual(
                try await other.serverStandings(),
                [account, goesOn, standing("smtp://b:25", "421", 6)]
            )
            try await store.purge(endedBefore: Sample.start + .seconds(6), now: Sample.start + .seconds(9))
            try expectEqual(try await store.serverStandings(), [standing("smtp://b:25", "421", 6)])
            await store.close()
            await other.close()
        },
        Rule("a person's decision is handed to the log once, and one that changed nothing is not") { open in
            let store = try await open()
            let command = try await open()
            let arrival = Sample.arrival()
            try await store.insert(arrival)
            let id = arrival.message.id
            let later = Sample.start + .seconds(2)
            let held = try await command.apply(.hold, to: id, now: Sample.start, by: "maria")
            try await expectError(.notAllowed) {
                _ = try await command.apply(.hold, to: id, now: later, by: "maria")
            }
            let deleted = try await command.apply(.delete, to: id, now: later, by: "ugo")
            try expectEqual(
                try await store.takeDecisions(),
                [
                    PersonDecision(moment: Sample.start, action: .hold, id: id, recipients: held, person: "maria"),
                    PersonDecision(moment: later, action: .delete, id: id, recipients: deleted, person: "ugo"),
                ]
            )
            try expectEqual(try await store.takeDecisions(), [])
            await store.close()
            await command.close()
        },
    ]
}
