"""Where a deploy gives an application its environment variables: compose files, manifests, charts, images, units, workflows."""
