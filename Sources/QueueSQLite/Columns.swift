// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import GRDB
import GRDBSQLite
import NIOCore

/// The present row of a prepared statement; valid until its next step.
///
/// It reads SQLite's columns directly: a GRDB `Row` makes a dictionary of names for every query, which costs more than most of these
/// queries themselves.
struct Columns {
    fileprivate let statement: OpaquePointer

    /// An integer; 0 for NULL.
    subscript(_ index: Int) -> Int64 { sqlite3_column_int64(statement, Int32(index)) }

    /// An integer; 0 for NULL.
    subscript(_ index: Int) -> Int { Int(sqlite3_column_int64(statement, Int32(index))) }

    /// True unless the integer is 0.
    subscript(_ index: Int) -> Bool { sqlite3_column_int64(statement, Int32(index)) != 0 }

    /// A text; empty for NULL.
    subscript(_ index: Int) -> String { self[index] ?? "" }

    /// A text, or nil for NULL.
    subscript(_ index: Int) -> String? {
        guard let text = sqlite3_column_text(statement, Int32(index)) else { return nil }
        let count = Int(sqlite3_column_bytes(statement, Int32(index)))
        return String(decoding: UnsafeBufferPointer(start: text, count: count), as: UTF8.self)
    }

    /// An integer, or nil for NULL.
    subscript(_ index: Int) -> Int64? { isNull(index) ? nil : sqlite3_column_int64(statement, Int32(index)) }

    /// An integer, or nil for NULL.
    subscript(_ index: Int) -> Int? { isNull(index) ? nil : Int(sqlite3_column_int64(statement, Int32(index))) }

    /// A copy of the octets; empty for NULL.
    func octets(_ index: Int) -> ByteBuffer {
        guard let blob = sqlite3_column_blob(statement, Int32(index)) else { return ByteBuffer() }
        let count = Int(sqlite3_column_bytes(statement, Int32(index)))
        return ByteBuffer(bytes: UnsafeRawBufferPointer(start: blob, count: count))
    }

    /// True for NULL.
    func isNull(_ index: Int) -> Bool { sqlite3_column_type(statement, Int32(index)) == SQLITE_NULL }
}

extension Database {
    /// Executes a statement that is prepared once a connection.
    func run(_ sql: String, _ arguments: StatementArguments = []) throws {
        try cachedStatement(sql: sql).execute(arguments: arguments)
    }

    /// The rows of a query that is prepared once a connection, each as `decode` reads it.
    func rows<Value>(
        _ sql: String,
        _ arguments: StatementArguments = [],
        _ decode: (Columns) throws -> Value
    ) throws -> [Value] {
        var values: [Value] = []
        try forEach(sql, arguments) { columns in
            values.append(try decode(columns))
            return true
        }
        return values
    }

    /// The first row of a query that is prepared once a connection.
    func first<Value>(
        _ sql: String,
        _ arguments: StatementArguments = [],
        _ decode: (Columns) throws -> Value
    ) throws -> Value? {
        var value: Value?
        try forEach(sql, arguments) { columns in
            value = try decode(columns)
            return false
        }
        return value
    }

    /// Calls `body` with each row of a query that is prepared once a connection, until it returns false.
    func forEach(_ sql: String, _ arguments: StatementArguments, _ body: (Columns) throws -> Bool) throws {
        let statement = try cachedStatement(sql: sql)
        try statement.setArguments(arguments)
        let pointer = statement.sqliteStatement
        // A statement that is left standing would keep its snapshot open.
        defer { sqlite3_reset(pointer) }
        while true {
            let code = sqlite3_step(pointer)
            switch code {
            case SQLITE_ROW: guard try body(Columns(statement: pointer)) else { return }
            case SQLITE_DONE: return
            default:
                let message = sqliteConnection.flatMap { sqlite3_errmsg($0) }.map { String(cString: $0) }
                throw DatabaseError(resultCode: ResultCode(rawValue: code), message: message, sql: sql)
            }
        }
    }
}
