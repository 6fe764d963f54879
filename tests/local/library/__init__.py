"""Songs and voices."""
