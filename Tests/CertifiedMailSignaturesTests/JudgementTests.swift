// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import COpenSSL
import CertifiedMail
import CertifiedMailSignatures
import MailModel
import Testing

/// Signatures of our own making: what holds, what does not, and what it is called.
struct JudgementTests {
    private static let root = TestIdentity("Root")
    private static let address = "posta-certificata@pec.aruba.it"
    private static let provider = TestIdentity("Provider", addresses: [address], issuer: root)
    private static let entity = Array("Content-Type: text/plain\r\n\r\nricevuta\r\n".utf8)

    private func check(
        _ signature: [UInt8],
        over entity: [UInt8] = entity,
        from: String? = address,
        roots: [TestIdentity] = [root],
        system: [TestIdentity] = [],
        hasBareLineFeeds: Bool = false,
        at moment: Timestamp = TestIdentity.now
    ) throws -> SignatureFinding {
        let checker = try #require(SignatureChecker(signature: signature, hasBareLineFeeds: hasBareLineFeeds))
        for start in stride(from: 0, to: entity.count, by: 7) {
            entity[start..<min(start + 7, entity.count)].withUnsafeBytes { checker.append($0) }
        }
        let pem: [UInt8] = roots.flatMap { $0.pem }
        let systemPEM: [UInt8] = system.flatMap { $0.pem }
        let anchors = try #require(TrustAnchors(system: systemPEM, configured: pem))
        return checker.finish(from: from, trusting: anchors, at: moment)
    }

    @Test func `a provider's signature is valid, and its parts are named`() throws {
        let finding = try check(TestSigner(Self.provider).sign(Self.entity))
        #expect(finding.state == .valid)
        #expect(finding.signer == Self.address)
        #expect(finding.digest == "sha256")
        #expect(finding.signingTime == TestIdentity.now)
        #expect(finding.anchor == .configured)
        #expect(finding.isListed && finding.isByProvider)
        #expect(finding.chainProblem == nil && finding.digestProblem == nil)
    }

    @Test func `SHA-1 is accepted and reported`() throws {
        var signer = TestSigner(Self.provider)
        signer.digest = EVP_sha1()
        let finding = try check(signer.sign(Self.entity))
        #expect(finding.state == .valid)
        #expect(finding.digest == "sha1")
    }

    @Test(.timeLimit(.minutes(1)))
    func `a certificate of many names is read in one walk, and one that is longer than any proves nothing`() throws {
        func names(_ count: Int) -> [String] { (0..<count).map { "p\($0)@x.it" } }
        let many = TestIdentity("Provider", issuer: Self.root, subjectAddresses: names(600))
        let read = try check(TestSigner(many).sign(Self.entity))
        #expect(read.state == .valid && read.addresses == names(32))
        let endless = TestIdentity("Provider", issuer: Self.root, subjectAddresses: names(12_000))
        let refused = try check(TestSigner(endless).sign(Self.entity))
        #expect(refused.state == .invalid && refused.addresses.isEmpty)
        #expect(refused.digestProblem == "the signer's certificate is longer than 32768 octets")
    }

    @Test func `a digest for which collisions are made proves nothing`() throws {
        var signer = TestSigner(Self.provider)
        signer.digest = EVP_md5()
        let finding = try check(signer.sign(Self.entity))
        #expect(finding.state == .invalid)
        #expect(finding.digest == "md5")
        #expect(finding.digestProblem == "the digest md5 proves nothing")
    }

    @Test func `a list of twenty thousand digests costs no more than one`() throws {
        func value(_ tag: UInt8, _ content: [UInt8]) -> [UInt8] {
            let count = content.count
            return [tag, 0x83, UInt8(count >> 16), UInt8(count >> 8 & 0xFF), UInt8(count & 0xFF)] + content
        }
        let sha1: [UInt8] = [0x30, 0x07, 0x06, 0x05, 0x2B, 0x0E, 0x03, 0x02, 0x1A]
        let pkcs7: [UInt8] = [0x06, 0x09, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x07]
        let rsa: [UInt8] = [0x30, 0x0B, 0x06, 0x09, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x01, 0x01]
        let signer = [0x30, 0x25, 0x02, 0x01, 0x01, 0x30, 0x05, 0x30, 0x00, 0x02, 0x01, 0x01] + sha1 + rsa
        let data =
            [0x02, 0x01, 0x01] + value(0x31, Array(repeatElement(sha1, count: 20_000).joined()))
            + [0x30, 0x0B] + pkcs7 + [0x01] + value(0x31, signer + [0x04, 0x03, 0x01, 0x02, 0x03])
        let signature = value(0x30, pkcs7 + [0x02] + value(0xA0, value(0x30, data)))
        var finding: SignatureFinding?
        let time = try ContinuousClock().measure { finding = try check(signature) }
        #expect(finding?.state == .invalid)
        // A filter for each digest takes seconds here, and a stack that is not there.
        #expect(time < .seconds(1))
    }

    @Test func `an unknown digest is invalid, not missing`() throws {
        var signature = TestSigner(Self.provider).sign(Self.entity)
        // 2.16.840.1.101.3.4.2.1 (SHA-256) becomes 2.16.840.1.101.3.4.2.99 wherever it stands.
        let sha256: [UInt8] = [0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01]
        for place in 0..<(signature.count - sha256.count)
        where signature[place..<place + sha256.count].elementsEqual(sha256) { signature[place + 8] = 0x63 }
        let finding = try check(signature)
        #expect(finding.state == .invalid)
        #expect(finding.digestProblem?.contains("proves nothing") == true)
    }

    @Test func `one octet more, less or other is invalid`() throws {
        let signature = TestSigner(Self.provider).sign(Self.entity)
        var changed = Self.entity
        changed[30] ^= 0x20
        for other in [changed, Self.entity + [0x20], Array(Self.entity.dropLast()), []] {
            let finding = try check(signature, over: other)
            #expect(finding.state == .invalid)
            #expect(finding.digestProblem != nil)
            #expect(finding.signer == Self.address)
        }
    }

    @Test func `a signature without signed attributes holds, at the time of the notice`() throws {
        var signer = TestSigner(Self.provider)
        signer.hasAttributes = false
        let signature = signer.sign(Self.entity)
        #expect(try check(signature).state == .valid)
        #expect(try check(signature).signingTime == nil)
        #expect(try check(signature, over: Self.entity + [0x0A]).state == .invalid)
        let late = TestIdentity.now + .seconds(20 * TestIdentity.year)
        #expect(try check(signature, at: late).chainProblem == "certificate has expired")
    }

    @Test func `a certificate that has expired since is trusted for what it signed in its life`() throws {
        let old = TestIdentity(
            "Old",
            addresses: [Self.address],
            issuer: Self.root,
            from: -5 * TestIdentity.year,
            to: -3 * TestIdentity.year
        )
        var signer = TestSigner(old)
        signer.signingTime = TestIdentity.now - .seconds(4 * TestIdentity.year)
        #expect(try check(signer.sign(Self.entity)).state == .valid)
        signer.signingTime = TestIdentity.now
        let late = try check(signer.sign(Self.entity))
        #expect(late.state == .untrusted)
        #expect(late.chainProblem == "certificate has expired")
        #expect(late.anchor == nil)
    }

    @Test func `a receipt of 1024 bits and SHA-1 throughout, of a certificate that has ended, is no forgery`() throws {
        let year = TestIdentity.year
        let root = TestIdentity("Old root", from: -15 * year, to: -2 * year, isWeak: true)
        let old = TestIdentity(
            "Old",
            addresses: [Self.address],
            issuer: root,
            from: -12 * year,
            to: -10 * year,
            isWeak: true
        )
        var signer = TestSigner(old)
        signer.digest = EVP_sha1()
        signer.signingTime = TestIdentity.now - .seconds(11 * year)
        let signature = signer.sign(Self.entity)
        let finding = try check(signature, roots: [root])
        #expect(finding.state == .valid && finding.digest == "sha1", "\(finding)")
        #expect(try check(signature, over: Self.entity + [0x20], roots: [root]).state == .invalid)
        #expect(try check(signature).state == .untrusted, "by another root")
    }

    @Test func `a chain that the roots do not hold is untrusted, not invalid`() throws {
        let finding = try check(TestSigner(Self.provider).sign(Self.entity), roots: [TestIdentity("Other")])
        #expect(finding.state == .untrusted)
        #expect(finding.digestProblem == nil)
        #expect(!finding.isByProvider)
        let alone = TestIdentity("Self", addresses: [Self.address])
        #expect(try check(TestSigner(alone).sign(Self.entity)).state == .untrusted)
    }

    @Test func `a public root makes a signature valid and nobody a provider`() throws {
        let outsider = TestIdentity("Mallory", addresses: ["mallory@posta.example"], issuer: Self.root)
        let finding = try check(
            TestSigner(outsider).sign(Self.entity),
            from: "mallory@posta.example",
            roots: [],
            system: [Self.root]
        )
        #expect(finding.state == .valid)
        #expect(finding.anchor == .system)
        #expect(!finding.isListed && !finding.isByProvider)
        let listed = try check(TestSigner(Self.provider).sign(Self.entity), roots: [], system: [Self.root])
        #expect(listed.isListed && listed.isByProvider)
        let customer = TestIdentity("Customer", addresses: ["mario@legalmail.it"], issuer: Self.root)
        let own = try check(
            TestSigner(customer).sign(Self.entity),
            from: "mario@legalmail.it",
            roots: [],
            system: [Self.root]
        )
        #expect(own.state == .valid && !own.isByProvider, "a mailbox in a provider's domain is a customer's")
        let configured = try check(TestSigner(outsider).sign(Self.entity), from: "mallory@posta.example")
        #expect(configured.isByProvider && !configured.isListed)
    }

    @Test func `the authority's name constraints hold, also where it is the anchor itself`() throws {
        let authority = TestIdentity("CA1", issuer: Self.root, permitted: "pec.aruba.it")
        let inside = TestIdentity("Inside", addresses: [Self.address], issuer: authority)
        let outside = TestIdentity("Outside", addresses: ["posta-certificata@pec.evil.example"], issuer: authority)
        for roots in [[Self.root], [authority]] {
            var signer = TestSigner(inside)
            signer.intermediates = [authority]
            #expect(try check(signer.sign(Self.entity), roots: roots).state == .valid)
            signer.identities = [outside]
            let finding = try check(signer.sign(Self.entity), from: nil, roots: roots)
            #expect(finding.state == .untrusted)
            #expect(finding.chainProblem == "permitted subtree violation")
        }
    }

    @Test func `what was signed before the bundled authority began is judged by the one that came along`() throws {
        let authority = TestIdentity("CA1", issuer: Self.root, permitted: "pec.aruba.it")
        var signer = TestSigner(TestIdentity("Then", addresses: [Self.address], issuer: authority))
        signer.intermediates = [authority]
        for seconds in [1_542_123_566, 1_740_063_459, 1_740_063_460] {  // 2018; a second before it began; as it began
            signer.signingTime = Timestamp(milliseconds: Int64(seconds) * 1000)
            let found = try check(signer.sign(Self.entity), roots: [], system: [Self.root])
            #expect(found.state == .valid && found.anchor == .system && found.signingTime == signer.signingTime)
            let stranger = try check(signer.sign(Self.entity), roots: [], system: [])
            #expect(stranger.state == .untrusted && stranger.chainProblem != nil && stranger.anchor == nil)
        }
    }

    @Test func `of several addresses in a certificate the one that is From counts`() throws {
        let addresses = ["altro@pec.aruba.it", "Posta-Certificata@PEC.aruba.it"]
        let finding = try check(
            TestSigner(TestIdentity("Two", addresses: addresses, issuer: Self.root)).sign(Self.entity)
        )
        #expect(finding.signer == "Posta-Certificata@PEC.aruba.it")
        #expect(finding.addresses == addresses)
    }

    @Test func `an address in the subject counts where the alternative names have none, and not beside them`() throws {
        let old = try check(
            TestSigner(TestIdentity("Old", issuer: Self.root, subjectAddresses: [Self.address])).sign(Self.entity)
        )
        #expect(old.addresses == [Self.address] && old.signer == Self.address && old.state == .valid)
        let forged = TestIdentity(
            "Forged",
            addresses: ["io@example.it"],
            issuer: Self.root,
            subjectAddresses: [Self.address]
        )
        let finding = try check(TestSigner(forged).sign(Self.entity))
        #expect(finding.addresses == ["io@example.it"] && finding.signer == "io@example.it" && !finding.isListed)
    }

    @Test func `a NUL does not end an address of a certificate`() throws {
        // SEQUENCE { rfc822Name "posta-certificata@pec.aruba.it", NUL, ".example.it" }
        let octets = Array("\(Self.address)\0.example.it".utf8)
        let name = [0x81, UInt8(octets.count)] + octets
        let text = ([0x30, UInt8(name.count)] + name).map { String(UInt16($0) + 0x100, radix: 16).dropFirst() }
        let forged = TestIdentity(
            "NUL",
            issuer: Self.root,
            alternatives: "DER:" + text.joined(separator: ":"),
            subjectAddresses: [Self.address]
        )
        let finding = try check(TestSigner(forged).sign(Self.entity))
        #expect(finding.addresses == [] && finding.signer == nil && !finding.isListed)
    }

    @Test func `of several signers the one that is From counts, whatever stands beside`() throws {
        let stranger = TestIdentity("Stranger", addresses: ["x@example.org"], issuer: Self.root)
        let selfMade = TestIdentity("Self", addresses: [Self.address])
        for identities in [[stranger, Self.provider], [Self.provider, stranger], [selfMade, Self.provider]] {
            var signer = TestSigner()
            signer.identities = identities
            let finding = try check(signer.sign(Self.entity))
            #expect(finding.state == .valid)
            #expect(finding.signer == Self.address)
        }
        var forged = TestSigner()
        forged.identities = [selfMade, stranger]
        let finding = try check(forged.sign(Self.entity))
        #expect(finding.state == .untrusted)
        #expect(finding.signer == Self.address)
    }

    @Test func `a signature without certificate says so`() throws {
        var signer = TestSigner(Self.provider)
        signer.hasCertificates = false
        let finding = try check(signer.sign(Self.entity))
        #expect(finding.state == .invalid)
        #expect(finding.digestProblem == "the signature does not carry the signer's certificate")
        #expect(finding.signer == nil)
    }

    @Test func `an entity whose line ends became LF on its way is checked in its CRLF form`() throws {
        let signature = TestSigner(Self.provider).sign(Self.entity)
        let bare = Self.entity.filter { $0 != 0x0D }
        #expect(try check(signature, over: bare).state == .invalid)
        #expect(try check(signature, over: bare, hasBareLineFeeds: true).state == .valid)
        let signedBare = TestSigner(Self.provider).sign(bare)
        #expect(try check(signedBare, over: bare, hasBareLineFeeds: true).state == .valid)
        #expect(try check(signature, over: bare + [0x0A], hasBareLineFeeds: true).state == .invalid)
    }

    @Test func `the bundled authority is read, and is AgID's`() throws {
        let anchors = try #require(TrustAnchors(system: []))
        #expect(anchors.counts == [.agid: 1])
        #expect(ProviderDomains.bundled.contains(address: "posta-certificata@PEC.Aruba.it"))
        #expect(ProviderDomains.bundled.contains(address: "posta-certificata@legalmail.it"))
        for address in [
            "posta-certificata@sub.pec.aruba.it", "posta-certificata@aruba.it", "posta-certificata", "",
            "mario@legalmail.it",
            "posta-certificata@pec.aruba.it.evil.example",
        ] {
            #expect(!ProviderDomains.bundled.contains(address: address))
        }
        #expect(ProviderDomains.bundled.adding(["PEC.comune.it"]).contains(address: "posta-certificata@pec.comune.it"))
    }

    @Test func `damaged signatures are never taken for valid ones, and trap nothing`() throws {
        let signature = TestSigner(Self.provider).sign(Self.entity)
        let anchors = try #require(TrustAnchors(system: [], configured: Self.root.pem))
        var random = SplitMix(state: 7)
        for round in 0..<1500 {
            var damaged = signature
            for _ in 0...(round % 3) {
                switch round % 4 {
                case 0:
                    damaged[Int.random(in: 0..<damaged.count, using: &random)] ^=
                        1 << UInt8.random(in: 0...7, using: &random)
                case 1: damaged.removeLast(Int.random(in: 1..<damaged.count, using: &random))
                case 2: damaged[Int.random(in: 0..<damaged.count, using: &random)] = 0xFF
                default: damaged.insert(0x30, at: Int.random(in: 0..<damaged.count, using: &random))
                }
                if damaged.isEmpty { damaged = [0x30] }
            }
            guard let checker = SignatureChecker(signature: damaged) else { continue }
            Array("other".utf8).withUnsafeBytes { checker.append($0) }
            let finding = checker.finish(from: Self.address, trusting: anchors, at: TestIdentity.now)
            #expect(finding.state == .invalid)
        }
    }
}

/// The generator of Vigna's SplitMix64: the same numbers in every run.
private struct SplitMix: RandomNumberGenerator {
    var state: UInt64
    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
        return mixed ^ mixed >> 31
    }
}
