import { memoryDocuments } from '../../../state-service/documents/store-memory.ts'
import { documentsOf } from './documents.ts'

describe('documents in memory', () => {
  documentsOf(() => {
    const documents = memoryDocuments()
    return { one: documents, other: documents }
  })
})
