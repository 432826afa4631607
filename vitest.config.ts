import { defineConfig } from 'vitest/config'

const SOURCES = '{gateway,protocols,processing,config,certs,docs,test/support,bench}/**/*.test.ts'

export default defineConfig({
  test: {
    projects: [
      { test: { name: 'unit', include: [SOURCES], testTimeout: 10_000 } },
      { test: { name: 'contract', include: ['test/contract/**/*.test.ts'], testTimeout: 60_000 } },
      {
        test: {
          name: 'e2e',
          include: ['test/e2e/**/*.test.ts'],
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
      {
        test: {
          name: 'long',
          include: ['test/long/**/*.test.ts'],
          testTimeout: 900_000,
          hookTimeout: 120_000,
          fileParallelism: false,
        },
      },
    ],
  },
})
