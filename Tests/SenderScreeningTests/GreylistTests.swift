// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import MailModel
import Testing

@testable import SenderScreening

struct GreylistTests {
    private let rules = GreylistRules(delay: .seconds(180), retryWithin: .seconds(7200), remember: .seconds(86_400))
    private let sender = ReversePath.mailbox(AddrSpec(localPart: "ada", domain: "fuori.example"))
    private let ugo = AddrSpec(localPart: "ugo", domain: "azienda.it")

    private func judge(
        _ list: inout Greylist,
        _ address: String,
        _ seconds: Int,
        to recipient: AddrSpec? = nil
    ) -> Greylist.Verdict {
        list.judge(key(address), sender, recipient ?? ugo, rules: rules, now: start + .seconds(seconds))
    }

    @Test
    func `who comes again after the delay is taken, from another address of the network too, and is known then`() {
        var list = Greylist()
        #expect(judge(&list, "192.0.2.7", 0) == .wait(.seconds(180)))
        #expect(judge(&list, "192.0.2.7", 60) == .wait(.seconds(120)))
        #expect(
            judge(&list, "192.0.2.9", 180)
                == .proved(GreylistPass(network: network("192.0.2.0/24"), seen: start + .seconds(180)))
        )
        let other = AddrSpec(localPart: "altro", domain: "azienda.it")
        #expect(judge(&list, "192.0.2.200", 181, to: other) == .pass)
        #expect(judge(&list, "192.0.3.7", 181) == .wait(.seconds(180)))
    }

    @Test
    func `who comes again too late, or writes to another, waits anew`() {
        var list = Greylist()
        #expect(judge(&list, "2001:db8::1", 0) == .wait(.seconds(180)))
        #expect(judge(&list, "2001:db8::1", 7200) == .wait(.seconds(180)))
        let other = AddrSpec(localPart: "altro", domain: "azienda.it")
        #expect(judge(&list, "2001:db8::1", 7400, to: other) == .wait(.seconds(180)))
        let null = list.judge(key("2001:db8::1"), .null, ugo, rules: rules, now: start + .seconds(7400))
        #expect(null == .wait(.seconds(180)))
        #expect(list.counts == (waiting: 3, passed: 0))
    }

    @Test
    func `a network is forgotten after its time, and what is kept of it survives a restart`() {
        var list = Greylist()
        _ = judge(&list, "192.0.2.7", 0)
        guard case .proved(let pass) = judge(&list, "192.0.2.7", 200) else {
            Issue.record("not passed")
            return
        }
        var again = Greylist()
        again.load([pass])
        #expect(judge(&again, "192.0.2.1", 201) == .pass)
        let renewed = GreylistPass(network: pass.network, seen: start + .seconds(86_600))
        #expect(judge(&again, "192.0.2.1", 86_600) == .proved(renewed), "to be kept anew")
        #expect(judge(&again, "192.0.2.1", 200 + 3 * 86_400) == .wait(.seconds(180)))
    }

    @Test
    func `long addresses and many of them take no more room than there is`() {
        var list = Greylist(waitingCapacity: 500, passedCapacity: 10)
        let long = String(repeating: "x", count: 100_000)
        for number in 0..<3000 {
            let path = ReversePath.mailbox(AddrSpec(localPart: "\(long)\(number)", domain: "fuori.example"))
            guard number % 100 == 0 else {
                _ = judge(
                    &list,
                    "192.0.\(number % 250).1",
                    number,
                    to: AddrSpec(localPart: "u\(number)", domain: "azienda.it")
                )
                continue
            }
            #expect(list.judge(key("192.0.2.7"), path, ugo, rules: rules, now: start) == .wait(.seconds(180)))
        }
        #expect(list.counts.waiting == 500)
        #expect(MemoryLayout<Greylist.Triplet>.size == 16)
    }

    @Test
    func `letters, A-labels and U-labels of an address are one recipient`() {
        var list = Greylist()
        #expect(
            judge(&list, "192.0.2.7", 0, to: AddrSpec(localPart: "ugo", domain: "AZIENDA.it")) == .wait(.seconds(180))
        )
        guard case .proved = judge(&list, "192.0.2.7", 181) else {
            Issue.record("another recipient")
            return
        }
    }
}
