// Makes the bucket that a payloads.url names, unless it is there (docker-compose.yml):
//   node make-bucket.mjs FILE     the file holds the URL
import { readFileSync } from 'node:fs'
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3'

const url = new URL(readFileSync(process.argv[2], 'utf8').trim())
const client = new S3Client({
  endpoint: url.searchParams.get('endpoint') ?? undefined,
  region: url.searchParams.get('region') ?? 'us-east-1',
  forcePathStyle: true,
  credentials: {
    accessKeyId: decodeURIComponent(url.username),
    secretAccessKey: decodeURIComponent(url.password),
  },
})
try {
  await client.send(new CreateBucketCommand({ Bucket: url.hostname }))
} catch (error) {
  if (!['BucketAlreadyOwnedByYou', 'BucketAlreadyExists'].includes(error.name)) throw error
}
