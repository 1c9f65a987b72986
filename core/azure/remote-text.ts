// The rules print remote text too, so the functions live beside them; adapters find them here.
export { neutralise, neutraliseMarkers, remoteText } from '../remote-text.ts'
