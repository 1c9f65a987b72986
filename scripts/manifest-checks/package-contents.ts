import type { ExtensionManifest, TaskManifest } from '../packaging/manifests.ts'

/** Everything the checks look at, already read: they are functions of this alone. */
export type PackageContents = {
  readonly packageVersion: string
  readonly extension: ExtensionManifest
  readonly tasks: readonly TaskContents[]
  /** Every file of the staged tree, relative, with `/`. */
  readonly files: readonly string[]
  readonly overview: string
  /** Size in pixels of every PNG, by path. */
  readonly imageSizes: Readonly<Record<string, ImageSize>>
  /** Task names whose GUIDs are fixed for ever; empty for a developer's own build. */
  readonly fixedIds: Readonly<Record<string, string>>
}

export type TaskContents = {
  /** `tasks/SlotSwap/SlotSwapV1` */
  readonly path: string
  readonly task: string
  readonly major: number
  readonly manifest: TaskManifest
}

export type ImageSize = { readonly width: number; readonly height: number }

/** One sentence that names the file and what is wrong with it. */
export type Problem = string
