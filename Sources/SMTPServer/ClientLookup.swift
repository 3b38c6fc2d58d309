// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import NameResolution
import SenderScreening

/// Asks the DNS about one client: its name, and every list, all at once, within one time limit.
struct ClientLookup: Sendable {
    let key: ClientKey
    let rules: LookupRules
    let resolver: any NameResolving
    /// Told of a list that gives no answer, and why.
    let noteSilence: @Sendable (_ zone: String, _ words: String) -> Void

    private enum Answer: Sendable {
        case name(ReverseName)
        case listing(place: Int, ClientFindings.Listing?)
        case over
    }

    /// What was found when everything has answered, or the time is over.
    func run() async -> ClientFindings {
        await withTaskGroup(of: Answer.self) { group in
            if rules.looksUpName { group.addTask { .name(await findName()) } }
            for (place, zone) in rules.zones.enumerated() {
                group.addTask { .listing(place: place, await ask(zone)) }
            }
            group.addTask {
                do { try await Task.sleep(for: rules.timeout) } catch {
                    // Everything has answered.
                }
                return .over
            }
            return await collect(&group)
        }
    }

    private func collect(_ group: inout TaskGroup<Answer>) async -> ClientFindings {
        var findings = ClientFindings(reverseName: rules.looksUpName ? .unknown : nil)
        var listings: [Int: ClientFindings.Listing] = [:]
        var open = rules.zones.count + (rules.looksUpName ? 1 : 0)
        while open > 0, let answer = await group.next() {
            switch answer {
            case .name(let name): findings.reverseName = name
            case .listing(let place, let listing): listings[place] = listing
            case .over: open = 1
            }
            open -= 1
        }
        group.cancelAll()
        findings.listings = listings.sorted { $0.key < $1.key }.map(\.value)
        return findings
    }

    private func findName() async -> ReverseName {
        do throws(NameResolutionError) {
            let names = ReverseName.candidates(try await resolver.resolve(ReverseName.question(key), .ptr))
            for name in names {
                let answer = try await resolver.resolve(name, key.isIPv4 ? .a : .aaaa)
                if ReverseName.leadsBack(answer, to: key) { return .confirmed(name) }
            }
            return .none
        } catch {
            return .unknown
        }
    }

    /// A list without an answer is no scanner that is down: mail does not wait for it.
    private func ask(_ zone: BlockingZone) async -> ClientFindings.Listing? {
        do throws(NameResolutionError) {
            let answer = try await resolver.resolve(zone.question(key), .a)
            if zone.isRefusal(answer) {
                noteSilence(
                    zone.name,
                    "it does not answer this resolver (127.255.255.0/24): ask it by a resolver of your own"
                )
            }
            let answers = zone.listings(answer)
            return answers.isEmpty ? nil : .init(zone: zone.name, weight: zone.weight, answers: answers)
        } catch {
            if !Task.isCancelled { noteSilence(zone.name, "\(error)") }
            return nil
        }
    }
}
