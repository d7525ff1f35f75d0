"""Pictures and volumes: by class, flat with labels elsewhere, with masks or with boxes."""
