#!/usr/bin/env bash
# Renders the icons from their SVG sources. Needs rsvg-convert (librsvg); the build uses the PNG files as they are.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
rsvg-convert --width 128 --height 128 images/icon.svg --output images/icon.png
rsvg-convert --width 1200 images/cycle.svg --output images/cycle.png
for source in images/tasks/*.svg; do
  task=$(basename "$source" .svg)
  for folder in tasks/"$task"/"$task"V*/; do
    rsvg-convert --width 32 --height 32 "$source" --output "${folder}icon.png"
  done
done
