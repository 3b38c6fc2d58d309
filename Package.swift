// swift-tools-version: 6.2
// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import PackageDescription

let house: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"), .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"), .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    .treatAllWarnings(as: .error), .treatWarning("DeprecatedDeclaration", as: .warning),
]

extension Target.Dependency {
    static let nioCore: Self = .product(name: "NIOCore", package: "swift-nio")
    static let nioPosix: Self = .product(name: "NIOPosix", package: "swift-nio")
    static let nioTLS: Self = .product(name: "NIOTLS", package: "swift-nio")
    static let nioHTTP1: Self = .product(name: "NIOHTTP1", package: "swift-nio")
    static let nioEmbedded: Self = .product(name: "NIOEmbedded", package: "swift-nio")
    static let nioSSL: Self = .product(name: "NIOSSL", package: "swift-nio-ssl")
    static let logging: Self = .product(name: "Logging", package: "swift-log")
    static let lifecycle: Self = .product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
    static let lifecycleSignals: Self = .product(name: "UnixSignals", package: "swift-service-lifecycle")
    static let arguments: Self = .product(name: "ArgumentParser", package: "swift-argument-parser")
    static let grdb: Self = .product(name: "GRDB", package: "GRDB.swift")
    static let sqlite: Self = .product(name: "GRDBSQLite", package: "GRDB.swift")
    static let yams: Self = .product(name: "Yams", package: "Yams")
    static let crypto: Self = .product(name: "Crypto", package: "swift-crypto")
    static let cryptoExtras: Self = .product(name: "CryptoExtras", package: "swift-crypto")
    static let httpClient: Self = .product(name: "AsyncHTTPClient", package: "async-http-client")
}

func module(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
    .target(name: name, dependencies: dependencies, swiftSettings: house)
}

func tests(_ name: String, _ dependencies: [Target.Dependency] = [], exclude: [String] = []) -> Target {
    .testTarget(
        name: "\(name)Tests",
        dependencies: [.init(stringLiteral: name)] + dependencies,
        exclude: exclude,
        swiftSettings: house
    )
}

let package = Package(
    name: "ceralacca",
    products: [.executable(name: "ceralacca", targets: ["ceralacca"])],
    dependencies: [
        .package(url: "https://github.com/apple/swift-nio", exact: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl", exact: "2.37.6"),
        .package(url: "https://github.com/apple/swift-log", exact: "1.16.2"),
        .package(url: "https://github.com/apple/swift-argument-parser", exact: "1.8.2"),
        .package(url: "https://github.com/apple/swift-crypto", exact: "4.5.2"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", exact: "2.13.0"),
        .package(url: "https://github.com/groue/GRDB.swift", exact: "7.10.0"),
        .package(url: "https://github.com/jpsim/Yams", exact: "6.2.2"),
        .package(url: "https://github.com/swift-server/async-http-client", exact: "1.37.0"),
    ],
    targets: [
        // Pure: values, grammars, machines, decisions, ports.
        module("MailModel", [.nioCore]),
        module("SASLMechanisms", ["MailModel", .crypto]),
        module("OAuthProtocol", ["MailModel", .crypto]),
        module("SMTPProtocol", ["MailModel", "SASLMechanisms", .nioCore]),
        module("POP3Protocol", ["MailModel", "SASLMechanisms", .nioCore]),
        module("IMAPProtocol", ["MailModel", "SASLMechanisms", .nioCore]),
        module("Routing", ["MailModel", .nioCore]),
        module("CertifiedMail", ["MailModel", .nioCore]),
        module("CertifiedTracking", ["MailModel", "CertifiedMail"]),
        module("MailQueue", ["MailModel", "CertifiedTracking", .nioCore, .crypto]),
        module("ScannerProtocols", ["MailModel", .nioCore]),
        module("NameResolution", ["MailModel", .nioCore]),
        module("TransportPolicy", ["MailModel", "NameResolution", .crypto]),
        module("SenderScreening", ["MailModel", "NameResolution", .crypto]),
        module("DomainKeys", ["MailModel", .nioCore, .crypto, .cryptoExtras]),
        module("SecretsVault", ["MailModel", .crypto]),
        // Adapters: one outside thing each.
        .systemLibrary(name: "CLinux"),
        .systemLibrary(name: "CUnbound", providers: [.apt(["libunbound-dev"])]),
        module("NameResolutionUnbound", ["NameResolution", "CUnbound"]),
        .systemLibrary(name: "COpenSSL", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"])]),
        module(
            "QueueSQLite",
            [
                "MailModel", "MailQueue", "CertifiedMail", "CertifiedTracking", "SecretsVault", "SenderScreening",
                "TransportPolicy", .nioCore, .grdb, .sqlite, .crypto,
            ]
        ),
        module("CertificateChains", ["COpenSSL"]),
        module("WebRequests", [.nioCore, .nioHTTP1, .httpClient]),
        module("CertifiedMailSignatures", ["MailModel", "CertifiedMail", "COpenSSL"]),
        module(
            "MailTransport",
            ["MailModel", .nioCore, .nioPosix, .nioTLS, .nioSSL, .logging]
        ),
        // Agents.
        module(
            "CertifiedIntake",
            [
                "MailModel", "MailQueue", "CertifiedMail", "CertifiedMailSignatures", "CertifiedTracking", .nioCore,
                .logging,
            ]
        ),
        module(
            "ContentScanning",
            [
                "MailModel", "MailQueue", "MailTransport", "ScannerProtocols", "WebRequests", .nioCore, .nioHTTP1,
                .httpClient, .logging,
            ]
        ),
        module(
            "SMTPServer",
            [
                "MailModel", "SASLMechanisms", "SMTPProtocol", "Routing", "MailQueue", "MailTransport",
                "CertifiedIntake", "ContentScanning", "DomainKeys", "NameResolution", "SenderScreening", .nioCore,
                .nioPosix, .nioTLS, .nioSSL, .logging, .lifecycle, .crypto,
            ]
        ),
        module(
            "SMTPDelivery",
            [
                "MailModel", "SASLMechanisms", "SMTPProtocol", "MailQueue", "MailTransport", "NameResolution",
                "SenderScreening", "TransportPolicy", "CertificateChains", .nioCore, .logging, .lifecycle,
            ]
        ),
        module(
            "PolicyFetching",
            [
                "MailModel", "NameResolution", "TransportPolicy", "WebRequests", .nioCore, .nioHTTP1, .nioSSL, .httpClient,
                .logging,
            ]
        ),
        module(
            "OAuthTransport",
            ["MailModel", "OAuthProtocol", "WebRequests", .nioCore, .nioPosix, .nioHTTP1, .nioSSL, .httpClient]
        ),
        module(
            "MailRetrieval",
            [
                "MailModel", "SASLMechanisms", "POP3Protocol", "IMAPProtocol", "MailQueue", "MailTransport",
                "CertifiedIntake", "ContentScanning", .nioCore, .logging, .lifecycle, .crypto,
            ]
        ),
        // Faces.
        module("GatewayConfiguration", ["MailModel", "Routing", "DomainKeys", "OAuthProtocol", "SecretsVault", .yams]),
        // What the classic stack's files say, as a configuration of ours.
        module("ClassicImport", ["MailModel", "SecretsVault", "GatewayConfiguration"]),
        // Root.
        module(
            "GatewayRuntime",
            [
                "MailModel", "SASLMechanisms", "OAuthProtocol", "OAuthTransport", "SMTPProtocol", "Routing", "MailQueue", "QueueSQLite", "MailTransport",
                "CertificateChains", "CertifiedMail", "CertifiedMailSignatures", "CertifiedTracking", "CertifiedIntake",
                "ContentScanning", "DomainKeys", "NameResolution", "NameResolutionUnbound", "SecretsVault",
                "SenderScreening", "SMTPServer",
                "SMTPDelivery",
                "MailRetrieval", "IMAPProtocol", "TransportPolicy", "PolicyFetching",
                "GatewayConfiguration", "CLinux", .nioCore, .nioPosix, .nioSSL, .logging, .lifecycle, .lifecycleSignals,
            ]
        ),
        module(
            "Sandbox",
            [
                "MailModel", "SASLMechanisms", "SMTPProtocol", "POP3Protocol", "MailQueue", "MailTransport",
                "SMTPServer", "SMTPDelivery", "COpenSSL", .nioCore, .nioPosix, .nioSSL, .logging, .lifecycle,
            ]
        ),
        module(
            "GatewayCommands",
            [
                "MailModel", "MailQueue", "OAuthProtocol", "OAuthTransport", "SASLMechanisms", "QueueSQLite", "MailTransport", "GatewayConfiguration", "GatewayRuntime",
                "Sandbox", "TransportPolicy", "CertificateChains", "CertifiedMail", "CertifiedMailSignatures",
                "CertifiedTracking", "SecretsVault", "SenderScreening", "ClassicImport", .arguments, .crypto,
                .logging, .nioCore, .nioPosix,
            ]
        ),
        .executableTarget(name: "ceralacca", dependencies: ["GatewayCommands"], swiftSettings: house),
        tests("MailModel", [.nioCore]),
        tests("SASLMechanisms", ["MailModel"]),
        tests("OAuthProtocol", ["MailModel"]),
        tests("OAuthTransport", ["MailModel", "OAuthProtocol", "TestLab"]),
        tests("SMTPProtocol", ["MailModel", "SASLMechanisms", .nioCore]),
        tests("POP3Protocol", ["MailModel", "SASLMechanisms", .nioCore]),
        tests("IMAPProtocol", ["MailModel", "SASLMechanisms", "TestLab", .nioCore]),
        tests("Routing", ["MailModel", .nioCore]),
        tests("CertifiedMail", ["MailModel", .nioCore]),
        tests("CertifiedTracking", ["MailModel", "CertifiedMail"]),
        tests("CertifiedMailSignatures", ["MailModel", "CertifiedMail", "COpenSSL", .nioCore]),
        tests("MailQueue", ["CertifiedMail", "MailModel", "CertifiedTracking", .nioCore]),
        // The contract that every QueueStore keeps; its suite is called by the tests of each adapter.
        .target(
            name: "QueueStoreContract",
            dependencies: [
                "MailModel", "MailQueue", "CertifiedMail", "CertifiedTracking", "SenderScreening", "TransportPolicy",
                .nioCore, .crypto,
            ],
            path: "Tests/QueueStoreContract",
            swiftSettings: house
        ),
        tests(
            "QueueSQLite",
            [
                "MailModel", "MailQueue", "CertifiedTracking", "SecretsVault", "QueueStoreContract", .nioCore, .grdb,
                .crypto,
            ]
        ),
        tests("ScannerProtocols", ["MailModel", .nioCore]),
        tests("TransportPolicy", [.crypto]),
        tests("SenderScreening", ["MailModel", "NameResolution"]),
        tests("SecretsVault", ["MailModel", .crypto]),
        tests("DomainKeys", ["MailModel", "TestLab", .nioCore]),
        tests("NameResolutionUnbound", ["NameResolution", "TestLab"]),
        tests(
            "ContentScanning",
            [
                "MailModel", "MailQueue", "QueueSQLite", "MailTransport", "ScannerProtocols", "TestLab", .nioCore,
                .nioPosix, .logging,
            ]
        ),
        tests("CertificateChains", ["TestLab"]),
        tests("MailTransport", ["MailModel", "TestLab", .nioCore, .nioPosix, .nioSSL, .nioEmbedded]),
        tests(
            "SMTPServer",
            [
                "MailModel", "SASLMechanisms", "SMTPProtocol", "Routing", "MailQueue", "QueueSQLite", "MailTransport",
                "ContentScanning", "NameResolution", "SenderScreening", "TestLab", .nioCore, .nioPosix, .nioSSL,
                .nioEmbedded, .logging, .lifecycle,
            ],
            exclude: ["Dialogues"]
        ),
        tests(
            "SMTPDelivery",
            [
                "MailModel", "SASLMechanisms", "SMTPProtocol", "MailQueue", "QueueSQLite", "MailTransport", "TestLab",
                "NameResolution", "NameResolutionUnbound", "SenderScreening", "TransportPolicy", "PolicyFetching",
                .nioCore, .nioPosix,
                .nioHTTP1, .nioSSL, .logging,
            ]
        ),
        tests(
            "MailRetrieval",
            [
                "MailModel", "SASLMechanisms", "POP3Protocol", "IMAPProtocol", "MailQueue", "QueueSQLite", "MailTransport",
                "ContentScanning", .nioCore, .nioPosix, .nioSSL, .logging, .lifecycle, "TestLab",
            ]
        ),
        tests("GatewayConfiguration", ["MailModel", "OAuthProtocol", "SecretsVault"]),
        tests("ClassicImport", ["MailModel", "GatewayConfiguration", "TestLab"], exclude: ["Fixtures"]),
        tests(
            "Sandbox",
            [
                "MailModel", "SASLMechanisms", "SMTPProtocol", "POP3Protocol", "SMTPServer", "SMTPDelivery",
                "MailTransport", "COpenSSL", "TestLab", .nioCore, .nioPosix, .logging,
            ]
        ),
        // Notices as the simulated provider signs them, read by the modules of certified mail.
        .testTarget(
            name: "CertifiedRoundTripTests",
            dependencies: [
                "MailModel", "MailQueue", "QueueSQLite", "CertifiedMail", "CertifiedMailSignatures",
                "CertifiedTracking", "CertifiedIntake", "Routing", "SMTPServer", "Sandbox", "TestLab", .nioCore, .logging,
                .crypto,
            ],
            swiftSettings: house
        ),
        // Real servers, recording sinks and exact senders for the tests of the whole gateway and for scripts/bench.
        .target(
            name: "TestLab",
            dependencies: [.nioCore, .nioPosix, .nioHTTP1, .nioSSL, .crypto],
            path: "Tests/TestLab",
            swiftSettings: house
        ),
        tests("TestLab"),
        .executableTarget(name: "measure", dependencies: ["TestLab"], path: "Benchmarks/Measure", swiftSettings: house),
        .testTarget(
            name: "EndToEndTests",
            dependencies: ["TestLab", "MailModel", "Sandbox", .nioPosix, .logging],
            swiftSettings: house
        ),
        tests(
            "GatewayCommands",
            [
                "MailModel", "MailQueue", "OAuthProtocol", "QueueSQLite", "GatewayConfiguration", "CertifiedMail",
                "CertifiedTracking", "SecretsVault", "SenderScreening", "TestLab",
                .nioCore, .logging, .crypto, .arguments,
            ]
        ),
        tests(
            "GatewayRuntime",
            [
                "MailModel", "MailQueue", "QueueSQLite", "GatewayConfiguration", "CertifiedMail", "CertifiedTracking",
                "OAuthProtocol", "SASLMechanisms", "Sandbox", "SecretsVault", "SMTPServer", "SMTPDelivery", "MailTransport",
                "MailRetrieval", "TestLab",
                "CLinux", .nioCore, .nioPosix,
                .crypto, .logging, .lifecycle,
            ]
        ),
    ]
)
