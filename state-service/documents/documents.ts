/** Small JSON documents, each with an ETag, and the history of apps: all that the service keeps. Every method throws `AzureFailure`. */
export interface Documents {
  /** Undefined = there is none. */
  read(kind: DocumentKind, key: string, signal: AbortSignal): Promise<StoredDocument | undefined>
  /** `etag` undefined = only if there is none yet. Answers `conflict` where the document has moved on. */
  write(
    document: { readonly kind: DocumentKind; readonly key: string; readonly text: string },
    etag: string | undefined,
    signal: AbortSignal,
  ): Promise<'written' | 'conflict'>
  /** Of every document of a kind, its key. */
  keys(kind: DocumentKind, signal: AbortSignal): Promise<readonly string[]>
  /** No error where it is not there. */
  remove(kind: DocumentKind, key: string, signal: AbortSignal): Promise<void>
  /** An entry whose `id` is there already is not added again. */
  addEntry(app: string, entry: HistoryEntry, signal: AbortSignal): Promise<void>
  /** Newest first, at most `top`; `after` is the cursor of the page before. */
  entries(
    app: string,
    page: { readonly top: number; readonly after?: string },
    signal: AbortSignal,
  ): Promise<{ readonly entries: readonly HistoryEntry[]; readonly cursor?: string }>
  /** Drops the oldest entries of an app beyond `most`. */
  trimEntries(app: string, most: number, signal: AbortSignal): Promise<void>
}

/** `hints` by hub name; `proof` by `account/hub`; `app` by app name. Keys compare as they are: lower case. */
export type DocumentKind = 'hints' | 'proof' | 'app'

export type StoredDocument = { readonly text: string; readonly etag: string }

/** One thing that happened to an app, for people. Texts are fit to print. */
export type HistoryEntry = {
  /** Sorts by time and tells entries apart: an ISO time, a hyphen, and what makes it unique. */
  readonly id: string
  readonly at: string
  readonly what: 'stagingAnnounced' | 'swapAnnounced' | 'cleanedUp' | 'hubChanged' | 'verdictChanged'
  readonly slot?: string
  readonly taskHub?: string
  /** One sentence. */
  readonly says: string
  readonly by?: { readonly run: string; readonly project: string; readonly link: string }
}
