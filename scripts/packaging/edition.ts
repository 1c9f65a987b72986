import { createHash } from 'node:crypto'
import type { ExtensionManifest, TaskManifest } from './manifests.ts'

/** What is built: the extension itself, or a developer's own copy that can be installed beside it. */
export type Edition = { readonly kind: 'release' } | { readonly kind: 'dev'; readonly publisher: string }

/**
 * The extension manifest of an edition, with the version stamped in. A developer's copy has its own publisher, id and
 * name and is never public: the Marketplace identifies an extension by publisher and id.
 */
export function stampExtension(manifest: ExtensionManifest, version: string, edition: Edition): ExtensionManifest {
  if (edition.kind === 'release') return { ...manifest, version }
  return {
    ...manifest,
    version,
    publisher: edition.publisher,
    id: `${manifest.id}-dev`,
    name: `${manifest.name} (dev)`,
    public: false,
  }
}

/**
 * A task manifest of an edition. Major is the folder's, Minor and Patch are the extension's. An organisation keeps one
 * task per GUID and finds YAML tasks by name, so a developer's copy differs in both (and in the name people see).
 */
export function stampTask(
  manifest: TaskManifest,
  { version, major, edition, extension }: { version: string; major: number; edition: Edition; extension: string },
): TaskManifest {
  const [, minor, patch] = version.split('.').map(Number)
  const stamped = { ...manifest, version: { Major: major, Minor: minor ?? 0, Patch: patch ?? 0 } }
  if (edition.kind === 'release') return stamped
  return {
    ...stamped,
    id: uuidV5(`${edition.publisher}.${extension}-dev.${manifest.name}`),
    name: `${manifest.name}Dev`,
    friendlyName: `${manifest.friendlyName} (dev)`,
  }
}

// RFC 9562's namespace for URLs; any fixed one will do, as long as it stays.
const namespace = Buffer.from('6ba7b8119dad11d180b400c04fd430c8', 'hex')

/** A name-based UUID (RFC 9562, version 5) in the URL namespace. */
export function uuidV5(name: string): string {
  const bytes = createHash('sha1').update(namespace).update(name, 'utf8').digest().subarray(0, 16)
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x50, 6)
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8)
  const hex = bytes.toString('hex')
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-')
}

/** Reads `--dev <publisher>`; throws where the publisher is missing or not a Marketplace publisher id. */
export function editionFrom(args: readonly string[]): Edition {
  if (args.length === 0) return { kind: 'release' }
  const [flag, publisher, ...rest] = args
  if (flag !== '--dev' || rest.length > 0) {
    throw new Error(`'${args.join(' ')}' is not understood. Use no argument, or --dev <publisher>.`)
  }
  if (publisher === undefined || !/^[A-Za-z0-9][A-Za-z0-9-]*$/.test(publisher)) {
    throw new Error(`--dev '${publisher ?? ''}' needs your own Marketplace publisher id: letters, digits and hyphens.`)
  }
  return { kind: 'dev', publisher }
}
