import { parseAppState, type AppState } from './app-state.ts'
import { changeDocument } from './change-document.ts'
import type { ServiceDeps, WatchedApp } from '../watched.ts'

/** Changes what is remembered of an app, as `changeDocument` does. Throws `AzureFailure`. */
export async function changeApp(
  { documents }: Pick<ServiceDeps, 'documents'>,
  { name }: Pick<WatchedApp, 'name'>,
  change: (state: AppState) => AppState,
  signal: AbortSignal,
): Promise<AppState> {
  const place = { kind: 'app', key: name.toLowerCase(), parse: parseAppState } as const
  return await changeDocument(documents, place, change, signal)
}
