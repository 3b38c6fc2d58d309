// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

/// Punycode: Unicode in the letters of host names (RFC 3492), as the A-labels of IDNA use it.
///
/// No prefix, one label at a time.
enum Punycode {
    private static let base = 36
    private static let threshold = 1...26

    /// More than a label can hold; bounds the work, which grows with the square.
    static let maximumScalars = 128

    /// `bücher` gives `bcher-kva`; nil for more than `maximumScalars`, which no label of a legal length has.
    static func encode(_ label: some Sequence<Unicode.Scalar>) -> String? {
        let points = label.map { Int($0.value) }
        guard points.count <= maximumScalars else { return nil }
        var output = points.filter { $0 < 0x80 }.map { UInt8($0) }
        var handled = output.count
        if handled > 0 { output.append(UInt8(ascii: "-")) }
        var least = 0x80
        var delta = 0
        var bias = 72
        let basicCount = handled
        while handled < points.count {
            guard let next = points.lazy.filter({ $0 >= least }).min() else { return nil }
            delta += (next - least) * (handled + 1)  // below 2^21 * 2^7 a step: it cannot overflow
            least = next
            for point in points {
                if point < least { delta += 1 }
                guard point == least else { continue }
                append(delta, bias: bias, to: &output)
                bias = adapt(delta, count: handled + 1, isFirst: handled == basicCount)
                delta = 0
                handled += 1
            }
            delta += 1
            least += 1
        }
        return String(decoding: output, as: UTF8.self)
    }

    /// Writes `delta` as a generalised variable-length integer (RFC 3492 §3.3).
    private static func append(_ delta: Int, bias: Int, to output: inout [UInt8]) {
        var rest = delta
        var position = base
        while true {
            let limit = min(max(position - bias, threshold.lowerBound), threshold.upperBound)
            guard rest >= limit else { break }
            output.append(digit(limit + (rest - limit) % (base - limit)))
            rest = (rest - limit) / (base - limit)
            position += base
        }
        output.append(digit(rest))
    }

    /// The bias after a delta (RFC 3492 §6.1).
    private static func adapt(_ delta: Int, count: Int, isFirst: Bool) -> Int {
        var delta = isFirst ? delta / 700 : delta / 2
        delta += delta / count
        var position = 0
        while delta > (base - 1) * threshold.upperBound / 2 {
            delta /= base - 1
            position += base
        }
        return position + base * delta / (delta + 38)
    }

    private static func digit(_ value: Int) -> UInt8 {
        UInt8(value < 26 ? 0x61 + value : 0x30 + value - 26)
    }
}
