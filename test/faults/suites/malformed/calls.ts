// The calls that the tasks make, by the names of the switchboard: what their answers promise (the documents are named), how a
// message names them, and what rests on them.
import type { Shape } from './answer-shape.ts'
import { fields } from './answer-shape.ts'

/**
 * `evidence`: without it a task must not go on. `hint`: the state is read as well, and decides. `beside`: what is asked of others,
 * which is told as a warning.
 */
export type Role = 'evidence' | 'hint' | 'beside'

export type CallKind = {
  readonly of: 'arm' | 'storage' | 'host'
  readonly kind: RegExp
  readonly named: RegExp
  readonly role: Role
  readonly shape: Shape
}

const site = [
  'properties: object!',
  'name: text!',
  'kind: text',
  'properties.state: text',
  'properties.defaultHostName: text!',
  'properties.sku: text',
  'properties.targetSwapSlot: text',
  'properties.slotSwapStatus: object',
  'properties.inProgressOperationId: text',
]
const eachOf = (lines: readonly string[]) => ['value: list!', ...lines.map((line) => `value.*.${line}`)]
const settings: Shape = { kind: 'json', root: 'object', fields: fields('properties: object!', 'properties.*: text') }
const rows = (...columns: readonly string[]): Shape => ({
  kind: 'json',
  root: 'object',
  fields: fields('value: list!', ...columns.map((column) => `value.*.${column}`)),
  next: { kind: 'headers', names: ['x-ms-continuation-NextPartitionKey', 'x-ms-continuation-NextRowKey'] },
})

/** learn.microsoft.com/rest/api/appservice/web-apps (2024-11-01): get, get-slot, list, list-slots, list-application-settings. */
const arm: readonly Omit<CallKind, 'of'>[] = [
  {
    kind: /^arm GET \/sites\/shop(\/slots\/staging)?$/,
    named: /read (function app|slot) '|read '?slot/,
    role: 'evidence',
    shape: { kind: 'json', root: 'object', fields: fields(...site) },
  },
  {
    kind: /^arm GET \/sites\/shop\/slots$/,
    named: /list the slots of/,
    role: 'evidence',
    shape: { kind: 'json', root: 'object', fields: fields(...eachOf(site)), next: { kind: 'link' } },
  },
  {
    kind: /^arm GET \/sites\/shop\/config\/slotConfigNames$/,
    named: /read which settings of '/,
    role: 'evidence',
    shape: {
      kind: 'json',
      root: 'object',
      fields: fields('properties: object!', 'properties.appSettingNames: list', 'properties.appSettingNames.*: text!'),
    },
  },
  {
    kind: /^arm POST \/sites\/shop(\/slots\/staging)?\/config\/appsettings\/list$/,
    named: /read the app settings of/,
    role: 'evidence',
    shape: settings,
  },
  {
    kind: /^arm GET \/providers\/Microsoft\.Web\/sites$/i,
    named: /list the function apps/,
    role: 'evidence',
    shape: {
      kind: 'json',
      root: 'object',
      fields: fields(...eachOf(['id: text!', 'name: text!', 'kind: text'])),
      next: { kind: 'link' },
    },
  },
  { kind: /^arm POST .*\/slotsswap$/, named: /swap/, role: 'hint', shape: { kind: 'any' } },
  { kind: /^arm GET .*\/operationresults\//, named: /operation|swap/, role: 'hint', shape: { kind: 'any' } },
  {
    kind: /^arm PUT .*\/config\/appsettings$/,
    named: /write the app settings of/,
    role: 'hint',
    shape: settings,
  },
  { kind: /^arm (GET|POST) \/sites\/billing/, named: /billing/, role: 'beside', shape: settings },
]

/** learn.microsoft.com/rest/api/storageservices: list-queues1, get-queue-metadata, peek-messages, list-containers2, list-blobs, query-tables, query-entities, get-blob. */
const storage: readonly Omit<CallKind, 'of'>[] = [
  {
    kind: /^queue GET \/stshop\/\?comp=list$/,
    named: /list the queues/,
    role: 'evidence',
    shape: { kind: 'xml', root: 'EnumerationResults', elements: ['Name'], next: 'marker' },
  },
  {
    kind: /^blob GET \/stshop\/\?comp=list$/,
    named: /list the containers|app lease/,
    role: 'evidence',
    shape: { kind: 'xml', root: 'EnumerationResults', elements: ['Name', 'LeaseState'], next: 'marker' },
  },
  {
    kind: /^blob GET \/stshop\/[\w-]+-leases\?comp=list&restype=container$/,
    named: /list the blobs|read the leases/,
    role: 'evidence',
    shape: { kind: 'xml', root: 'EnumerationResults', elements: ['Name', 'LeaseState'], next: 'marker' },
  },
  {
    kind: /^queue GET .*\?comp=metadata$/,
    named: /count the messages/,
    role: 'evidence',
    shape: { kind: 'count', header: 'x-ms-approximate-messages-count' },
  },
  {
    kind: /^queue GET .*\/messages$/,
    named: /peek into queue/,
    role: 'evidence',
    shape: { kind: 'xml', root: 'QueueMessagesList', elements: [] },
  },
  {
    kind: /^table GET \/stshop\/Tables$/,
    named: /list the tables/,
    role: 'evidence',
    shape: {
      kind: 'json',
      root: 'object',
      fields: fields('value: list!', 'value.*.TableName: text!'),
      next: { kind: 'headers', names: ['x-ms-continuation-NextTableName'] },
    },
  },
  {
    kind: /^table GET \/stshop\/\w+(Instances|History)\(\)$/,
    named: /read table/,
    role: 'evidence',
    shape: rows('PartitionKey: text!', 'RowKey: text!'),
  },
  {
    kind: /^table GET \/stshop\/\w+Partitions\(\)$/,
    named: /read table/,
    role: 'evidence',
    shape: rows('PartitionKey: text!', 'RowKey: text!', 'CurrentOwner: text', 'ExpiresAt: text'),
  },
  {
    kind: /^blob GET .*\/taskhub\.json$/,
    named: /taskhub\.json/,
    role: 'evidence',
    shape: { kind: 'blob', fields: fields('CreatedAt: text!') },
  },
  {
    kind: /^blob GET \/stshop\/durable-safe-deployment\/shop\.json$/,
    named: /shop\.json|deployment record|deployment lock/,
    role: 'evidence',
    shape: {
      kind: 'blob',
      fields: fields('app: text!', 'hubs: list!', 'audit: list!', 'hubs.*.hub: object!', 'hubs.*.hub.name: text!'),
    },
  },
  { kind: /^blob PUT /, named: /deployment record|deployment lock|container/, role: 'hint', shape: { kind: 'any' } },
  { kind: /^(queue|table|blob) DELETE /, named: /delete|still there/, role: 'hint', shape: { kind: 'any' } },
]

/** HOST HostController.cs (status), EXT HttpApiHandler.cs:703-717 (instances); list-host-keys. */
const host: readonly Omit<CallKind, 'of'>[] = [
  {
    kind: /^(arm GET .*\/hostruntime|host GET )\/admin\/host\/status$/,
    named: /host status|state of its host/,
    role: 'evidence',
    shape: { kind: 'json', root: 'object', fields: fields('state: text!', 'version: text', 'errors: list') },
  },
  {
    kind: /^(arm GET .*\/hostruntime|host GET )\/runtime\/webhooks\/durabletask\/instances$/,
    named: /list the instances/,
    role: 'evidence',
    shape: {
      kind: 'json',
      root: 'list',
      fields: fields('*.instanceId: text!'),
      next: { kind: 'headers', names: ['x-ms-continuation-token'] },
    },
  },
  // Of the app's own page only the status counts.
  { kind: /^host GET \/api\//, named: /warm up/, role: 'hint', shape: { kind: 'any' } },
  {
    kind: /^arm POST .*\/host\/default\/listkeys$/,
    named: /host keys|key/,
    role: 'evidence',
    shape: {
      kind: 'json',
      root: 'object',
      fields: fields('masterKey: text', 'systemKeys: object', 'systemKeys.*: text'),
    },
  },
]

export const calls: readonly CallKind[] = [
  ...arm.map((call) => ({ of: 'arm' as const, ...call })),
  ...storage.map((call) => ({ of: 'storage' as const, ...call })),
  ...host.map((call) => ({ of: 'host' as const, ...call })),
]

/** Unreadable names of requests must be seen: a call without a row here would never be malformed. */
export function callOf(kind: string): CallKind | undefined {
  return [...calls].reverse().find((call) => call.kind.test(kind))
}
