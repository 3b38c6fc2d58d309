// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import CUnbound
import NameResolution
import Synchronization

/// One who waits for the answer to a question: whoever finishes it first, libunbound, its deadline or a cancellation, gives it its end.
final class UnboundQuery: CustomStringConvertible, Sendable {
    typealias Outcome = Result<DNSAnswer, NameResolutionError>

    private enum State {
        case new
        case waiting(CheckedContinuation<Outcome, Never>)
        case finished(Outcome)
    }

    /// What makes two questions the same: names are compared without case (RFC 1035 §2.3.3), with or without their last dot.
    struct Key: Hashable {
        let name: String
        let type: DNSRecordType
    }

    let name: String
    let type: DNSRecordType
    let key: Key
    private let state = Mutex(State.new)

    init(name: String, type: DNSRecordType) {
        self.name = name
        self.type = type
        key = Key(name: Self.withoutLastDot(name).lowercased(), type: type)
    }

    var description: String { "\(name) \("\(type)".uppercased())" }

    /// True once it has its end.
    var isFinished: Bool {
        state.withLock {
            if case .finished = $0 { return true }
            return false
        }
    }

    /// Takes the one who waits; when the end is known already, it comes at once.
    func wait(_ continuation: CheckedContinuation<Outcome, Never>) {
        let known: Outcome? = state.withLock { state in
            if case .finished(let outcome) = state { return outcome }
            state = .waiting(continuation)
            return nil
        }
        if let known { continuation.resume(returning: known) }
    }

    /// Gives it its end, unless it has one.
    func finish(_ outcome: Outcome) {
        let waiter: CheckedContinuation<Outcome, Never>? = state.withLock { state in
            switch state {
            case .new:
                state = .finished(outcome)
                return nil
            case .waiting(let continuation):
                state = .finished(outcome)
                return continuation
            case .finished: return nil
            }
        }
        waiter?.resume(returning: outcome)
    }

    /// What libunbound's answer means. A bogus one carries data all the same; none of them is looked at.
    func read(_ code: Int32, _ result: UnsafeMutablePointer<ub_result>?) -> Outcome {
        guard code == 0, let result else {
            return .failure(NameResolutionError(.failed, "\(self): \(String(cString: ub_strerror(code)))"))
        }
        let answer = result.pointee
        if answer.bogus != 0 {
            let reason = answer.why_bogus.map { String(cString: $0) } ?? "the proof is wrong"
            return .failure(NameResolutionError(.bogus, "\(self): DNSSEC: \(reason.prefix(300))"))
        }
        guard answer.rcode == 0 || answer.rcode == 3 else {
            return .failure(NameResolutionError(.failed, "\(self): \(Self.name(ofCode: answer.rcode))"))
        }
        var records: [[UInt8]] = []
        var index = 0
        while let data = answer.data?[index], let lengths = answer.len {
            records.append(Array(UnsafeRawBufferPointer(start: data, count: Int(lengths[index]))))
            index += 1
        }
        return .success(
            DNSAnswer(
                records: records,
                isNameAbsent: answer.nxdomain != 0,
                security: answer.secure != 0 ? .secure : .insecure,
                canonicalName: Self.withoutLastDot(answer.canonname.map { String(cString: $0) } ?? name)
            )
        )
    }

    private static func withoutLastDot(_ name: String) -> String {
        name.hasSuffix(".") && name != "." ? String(name.dropLast()) : name
    }

    private static func name(ofCode code: Int32) -> String {
        switch code {
        case 1: "FORMERR"
        case 2: "SERVFAIL (no server gave an answer that can be used)"
        case 4: "NOTIMP"
        case 5: "REFUSED"
        default: "RCODE \(code)"
        }
    }
}
