// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import MailModel
import MailQueue
import TransportPolicy

extension QueueStoreContract {
    private static func policy(
        _ domain: String,
        _ identifier: String = "1",
        _ mode: MTASTSPolicy.Mode = .enforce,
        age: Int = 86_400
    ) -> KeptPolicy {
        let patterns = mode == .none ? [] : ["mx.\(domain)", "*.backup.\(domain)"]
        return KeptPolicy(
            domain: domain,
            identifier: identifier,
            policy: MTASTSPolicy(mode: mode, patterns: patterns, maximumAge: age),
            fetched: Sample.start
        )
    }

    static let policyRules = [
        Rule("policies of domains survive a restart, the last of each, until they end") { open in
            var store = try await open()
            for kept in [policy("b.test"), policy("a.test", "1", .testing), policy("c.test", "1", .none, age: 60)] {
                try await store.keep(kept, most: 10)
            }
            try await store.keep(policy("a.test", "2"), most: 10)
            await store.close()
            store = try await open()
            let all = [policy("a.test", "2"), policy("b.test"), policy("c.test", "1", .none, age: 60)]
            try expectEqual(try await store.keptPolicies(now: Sample.start), all)
            try expectEqual(try await store.keptPolicies(now: Sample.start + .seconds(60)), Array(all.prefix(2)))
            try expectEqual(try await store.keptPolicies(now: Sample.start + .seconds(86_400)), [])
            await store.close()
        },
        Rule("of more policies than there may be, those that end first give way") { open in
            let store = try await open()
            for age in [500, 100, 400, 300, 200] { try await store.keep(policy("d\(age).test", age: age), most: 3) }
            let kept = try await store.keptPolicies(now: Sample.start).map(\.domain)
            try expectEqual(kept, ["d200.test", "d400.test", "d500.test"], "the newest is kept, whatever its end")
            await store.close()
        },
    ]
}
