// A recording: what storage held of a hub at one moment. One JSON file a situation, line and partition count.
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Line, Partitions } from './lines.ts'
import type { Expected } from './situations/situation.ts'

/** A string or a boolean as it is; anything else with its Edm type: `{ "DateTime": "2026-11-21T10:00:00.0000000Z" }`. */
export type RecordedValue = string | boolean | Readonly<Record<string, string>>
export type RecordedRow = { readonly PartitionKey: string; readonly RowKey: string } & Readonly<
  Record<string, RecordedValue>
>

export type RecordedMessage = {
  /** As the queue holds it: the newer line writes JSON, the older ones base64 of JSON. */
  readonly text: string
  /** Seconds until it can be seen; 0 where it can be seen already. */
  readonly visibleInSeconds: number
  readonly dequeueCount: number
}

export type RecordedBlob = { readonly text?: string; readonly base64?: string; readonly leased?: true }
export type RecordedContainer = { readonly leased?: true; readonly blobs: Readonly<Record<string, RecordedBlob>> }

export type HubContent = {
  readonly tables: Readonly<Record<string, readonly RecordedRow[]>>
  readonly queues: Readonly<Record<string, readonly RecordedMessage[]>>
  readonly containers: Readonly<Record<string, RecordedContainer>>
}

export type ExpectedOfHub = { readonly hub: string } & Expected

export type Recording = HubContent & {
  readonly situation: string
  readonly what: string
  readonly line: Line
  readonly partitions: Partitions
  /** Prefix of a shared tracking store. */
  readonly tracking?: string
  readonly packages: Readonly<Record<string, string>>
  /** The storage's time, by which every date in it counts. */
  readonly recordedAt: string
  readonly expected: readonly ExpectedOfHub[]
}

/** Stands in a recording for the address of the blob service, which rows of large payloads name. */
export const blobAddress = '{blob service}'

const folder = join(import.meta.dirname, 'recordings')

export function recordingFile(line: Line, situation: string, partitions: number): string {
  return join(folder, line, `${situation}-${partitions}.json`)
}

export function recordingsOf(line: Line): readonly string[] {
  const own = join(folder, line)
  if (!existsSync(own)) return []
  return readdirSync(own)
    .filter((file) => file.endsWith('.json'))
    .sort()
    .map((file) => join(own, file))
}

export function readRecording(file: string): Recording {
  return JSON.parse(readFileSync(file, 'utf8')) as Recording
}

/** One row, message or blob a line: small enough, and a difference can be read. */
export function writeRecording(recording: Recording): void {
  const { situation, line, partitions } = recording
  const file = recordingFile(line, situation, partitions)
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, `${laidOut(recording, 3)}\n`)
}

function laidOut(value: unknown, depth: number, indent = ''): string {
  const within = `${indent} `
  if (depth === 0 || typeof value !== 'object' || value === null) return JSON.stringify(value)
  const list = Array.isArray(value)
  const parts = list
    ? value.map((part) => within + laidOut(part, depth - 1, within))
    : Object.entries(value).map(([key, part]) => `${within}${JSON.stringify(key)}: ${laidOut(part, depth - 1, within)}`)
  if (parts.length === 0) return list ? '[]' : '{}'
  return `${list ? '[' : '{'}\n${parts.join(',\n')}\n${indent}${list ? ']' : '}'}`
}
