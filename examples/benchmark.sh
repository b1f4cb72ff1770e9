#!/bin/bash
# benchmark.sh

PROMPT="Refactor this recursive function to iterative"
FILE="fibonacci.py"

echo '{"tasks": [' > tasks.json
first=true
for backend in claude codex gemini; do
  if [ "$first" = true ]; then
    first=false
  else
    echo ',' >> tasks.json
  fi
  echo "{\"backend\": \"$backend\", \"prompt\": \"$PROMPT\", \"name\": \"$backend Benchmark\"}" >> tasks.json
done
echo '], "output_dir": "./benchmark-results"}' >> tasks.json

clinvk parallel -f tasks.json --json | jq -r '
  .results[] |
  "\(.backend): \(.duration_seconds)s - \(.content[:50])..."
'
