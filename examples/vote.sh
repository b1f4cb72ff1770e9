#!/bin/bash
# vote.sh

# Extract and analyze confidence scores
clinvk parallel -f vote.json --json | jq -r '
  .results[] |
  "\(.backend): \(.content)"
' | grep -oE '[0-9]+/10' | awk '{sum+=$1; count++} END {
  print "Average confidence:", sum/count "/10"
  if (sum/count >= 7) print "Recommendation: Proceed"
  else if (sum/count >= 4) print "Recommendation: Proceed with caution"
  else print "Recommendation: Do not proceed"
}'
