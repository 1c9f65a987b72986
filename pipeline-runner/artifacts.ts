import { cpSync, existsSync, mkdirSync, readdirSync, statSync } from 'node:fs'
import { basename, join } from 'node:path'

/** The pipeline artifacts of one run, kept in a folder. */
export class Artifacts {
  private readonly folder: string

  constructor(folder: string) {
    this.folder = folder
  }

  /** @throws Error when the path is not there. */
  publish(path: string, artifact: string): void {
    if (!existsSync(path)) throw new Error(`There is nothing to publish at '${path}'.`)
    const target = join(this.folder, artifact)
    mkdirSync(target, { recursive: true })
    cpSync(path, statSync(path).isDirectory() ? target : join(target, basename(path)), { recursive: true })
  }

  /**
   * Copies one artifact, or all, into a folder of its own below `target`.
   * @throws Error when the artifact was not published.
   */
  download(target: string, artifact?: string): void {
    const published = existsSync(this.folder) ? readdirSync(this.folder) : []
    if (artifact !== undefined && !published.includes(artifact))
      throw new Error(`Artifact '${artifact}' was not published.`)
    for (const name of artifact === undefined ? published : [artifact]) {
      cpSync(join(this.folder, name), join(target, name), { recursive: true })
    }
  }
}
